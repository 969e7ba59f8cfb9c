"""Runs of the trainer for tests: in this process where torch is loaded, or as the pod runs it."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from sbert_api.result import Published, StepResult, parse_termination_message
from sbert_api.task_file import TaskFile
from sbert_trainer.attempt import Attempt
from sbert_trainer.prepare import Volumes, prepare
from sbert_trainer.train import train
from sbert_trainer.work_folder import WorkFolder
from tests.unit.trainer.builders import a_task

_TOPICS = 12
_WORDS_OF_A_TOPIC = 6
WORDS = [f"w{topic}x{n}" for topic in range(_TOPICS) for n in range(_WORDS_OF_A_TOPIC)]


def some_rows(count: int) -> list[dict[str, str]]:
    """Rows that can be learned: question and positive are of one topic, the negative of another."""
    rng = random.Random(5)

    def text(topic: int) -> str:
        words = [f"w{topic}x{rng.randrange(_WORDS_OF_A_TOPIC)}" for _ in range(rng.randint(4, 12))]
        return " ".join(words)

    rows = []
    for number in range(count):
        topic, other = number % _TOPICS, (number + 1 + rng.randrange(_TOPICS - 1)) % _TOPICS
        rows.append({"question": text(topic), "positive": text(topic), "negative": text(other)})
    return rows


def run(volumes: Volumes, task: TaskFile | None = None, **fields: Any) -> Published:
    """Train in this process, with a learning rate that moves the tiny model."""
    task = task or a_task(**{"learningRate": 1e-3, **fields})
    with WorkFolder(volumes.models, task.uid, task.run_key) as work:
        attempt = Attempt(volumes.models, work, release=lambda: None)
        return train(task, prepare(task, volumes), attempt)


def weights(folder: Path) -> dict[str, Tensor]:
    """The weights in a model's folder."""
    return load_file(folder / "model.safetensors")


def distance(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    """The largest difference between two models' weights."""
    return max(float((one[name] - other[name]).abs().max()) for name in one)


def command(volumes: Volumes, **fields: Any) -> list[str]:
    """The command line of a pod; the task file and the termination log lie beside the volumes."""
    folder = volumes.models.parent
    task = a_task(**{"learningRate": 1e-3, **fields})
    (folder / "task.json").write_text(json.dumps(task.as_json()))
    (folder / "log").unlink(missing_ok=True)
    return [
        *(sys.executable, "-m", "sbert_trainer", "train", "--task", str(folder / "task.json")),
        *("--datasets", str(volumes.datasets), "--models", str(volumes.models)),
        *("--termination-log", str(folder / "log")),
    ]


def environment() -> dict[str, str]:
    """What the pod's container sets."""
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    return {**os.environ, **offline}


def run_command(volumes: Volumes, **fields: Any) -> subprocess.CompletedProcess[str]:
    """Run the trainer as a pod does, to its end."""
    return subprocess.run(
        command(volumes, **fields),
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        env=environment(),
    )


def result(volumes: Volumes) -> StepResult:
    """What the last command wrote for the operator."""
    return parse_termination_message((volumes.models.parent / "log").read_text())


def names(folder: Path) -> list[str]:
    """The names in a folder."""
    return sorted(path.name for path in folder.iterdir())
