"""Makes volumes for trials and runs the trials on them, two at a time."""

import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sbert_api.task_file import TaskFile
from tests.trainer.crash.fork_server import ForkServer
from tests.trainer.crash.states import kept
from tests.trainer.crash.trial import Trial
from tests.trainer.runs import some_rows
from tests.unit.trainer.builders import a_task, write_dataset

ROWS = 36
STEPS = 12


def the_task(model_id: str | None = None, run_key: str = "0123456789abcdef") -> TaskFile:
    """Three epochs of four steps, each with an evaluation and a model of its own."""
    return a_task(model_id, run_key, learningRate=1e-3, epochs=3, saveEachEpoch=True)


@dataclass(frozen=True)
class Laboratory:
    """Where trials are made and run."""

    server: ForkServer
    base: Path
    """The base model's folder."""
    folder: Path
    """Each trial gets a folder in it."""
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def a_trial(self, task: TaskFile | None = None, **fields: Any) -> Trial:
        """An attempt on new volumes."""
        folder = self.folder / str(next(self._numbers))
        return self.on(Trial(folder, **fields), task or the_task())

    def on(self, trial: Trial, task: TaskFile) -> Trial:
        """The trial, with its volumes and its task file."""
        trial.datasets.mkdir(parents=True)
        write_dataset(trial.datasets, "faq", *some_rows(ROWS))
        shutil.copytree(self.base, trial.models / "base")
        (trial.folder / "task.json").write_text(json.dumps(task.as_json()))
        return trial

    def run(self, trial: Trial) -> int:
        """The exit code of the attempt, or the negative number of the signal that ended it."""
        trial.log.unlink(missing_ok=True)
        return self.server.run(trial)

    def run_again(self, trial: Trial) -> int:
        """An attempt on the same volumes in which nothing goes wrong."""
        return self.run(Trial(trial.folder, models_folder=trial.models_folder, bug=trial.bug))

    def at_state(self, trial: Trial, number: int) -> Trial:
        """A trial whose attempt was killed at the moment of this number in `trial`."""
        state = trial.states / str(max(n for n in kept(trial) if n <= number))
        folder = self.folder / str(next(self._numbers))
        subprocess.run(["cp", "--archive", state, folder], check=True)
        others = [trial.datasets, trial.folder / "task.json"]
        subprocess.run(["cp", "--archive", *others, folder], check=True)
        return Trial(folder, bug=trial.bug)

    def copy(self, trial: Trial) -> Trial:
        """A trial whose volumes are as those of another one are now."""
        folder = self.folder / str(next(self._numbers))
        shutil.copytree(trial.folder, folder)
        return Trial(folder, bug=trial.bug)

    def discard(self, trial: Trial) -> None:
        """Remove the volumes of a trial that went well."""
        shutil.rmtree(trial.folder)
        shutil.rmtree(trial.models, ignore_errors=True)

    def each(self, check: Callable[[Any], str], what: Iterable[Any]) -> list[str]:
        """What `check` found wrong with each of `what`, as many at a time as there are CPUs."""
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            return [wrong for wrong in pool.map(check, what) if wrong]
