"""Runs that are interrupted after chosen steps, in this process, and compared with whole ones."""

import json
from dataclasses import dataclass, field
from typing import Any

from sbert_api.result import Published
from sbert_api.task_file import TaskFile
from sbert_trainer.attempt import Attempt
from sbert_trainer.checkpoints_interval import Interval
from sbert_trainer.errors import TrainingInterruptedError
from sbert_trainer.interruption import Interruption
from sbert_trainer.prepare import Volumes, prepare
from sbert_trainer.train import train
from sbert_trainer.work_folder import WorkFolder


@dataclass
class InterruptAfter(Interval):
    """Asks for the end at the n-th moment at which a checkpoint could be written."""

    moments: int = 0
    interruption: Interruption = field(default_factory=Interruption)

    def is_due(self) -> bool:
        self.moments -= 1
        return self.moments == 0 and self.interruption.ask("SIGTERM")


EVERY_STEP = Interval(seconds=0, times_cost=0)
"""A checkpoint at each moment at which one can be written."""


def attempt(volumes: Volumes, task: TaskFile, interval: Interval) -> Published:
    """One attempt as the command makes it."""
    with WorkFolder(volumes.models, task.uid, task.run_key) as work:
        interruption = Interruption()
        if isinstance(interval, InterruptAfter):
            interruption = interval.interruption
        here = Attempt(volumes.models, work, lambda: None, interruption, interval)
        return train(task, prepare(task, volumes), here)


def interrupted(volumes: Volumes, task: TaskFile, after: int) -> str:
    """An attempt that ends after so many steps; returns what it says."""
    try:
        attempt(volumes, task, InterruptAfter(moments=after))
    except TrainingInterruptedError as error:
        return error.message
    raise AssertionError("the attempt came to its end")


def published(volumes: Volumes, task: TaskFile) -> dict[str, bytes]:
    """Every file of the published model, without the times in the manifest."""
    folder = volumes.models / task.model_id
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    manifest: dict[str, Any] = json.loads(files.pop("MANIFEST.json"))
    files["metrics"] = json.dumps(manifest["metrics"]).encode()
    return files
