"""training_log.jsonl: what every step and every evaluation of a run yielded, a JSON object a line.

The first line says what is trained: `{"run": {...}}`. Then `{"step", "epoch", "loss",
"learningRate", "gradNorm"}` for optimizer steps and `{"step", "evaluation": {...}}` for scores;
step 0 is the base model. The same run writes the same lines, whatever interrupted it: nothing in
them depends on the time.
"""

import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from shutil import copyfile
from typing import Any, NamedTuple

from sbert_api.task_file import TaskFile
from sbert_api.v1alpha1.scores import Scores

TRAINING_LOG = "training_log.jsonl"
_MOST_STEPS = 10_000
"""Step lines of a run, at about 110 bytes each; of a longer run every second step is logged, or
every third, and so on. Evaluations are all logged: each costs far more than its line."""
_SECONDS_BETWEEN_WRITES = 1.0
"""A file on a network volume takes milliseconds to append to, as long as a step on a GPU."""


class TrainingLog:
    """The log of one run, kept in its work folder until the model is published."""

    def __init__(
        self, path: Path, total_steps: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Nothing is read or written yet: `begin` or `cut` come first."""
        self.path = path
        self._total_steps = total_steps
        self._every = math.ceil(total_steps / _MOST_STEPS)
        self._clock = clock
        self._waiting: list[str] = []
        self._written = clock()

    def begin(self, task: TaskFile, base: Scores) -> None:
        """Write a new log, with the base model's scores as step 0."""
        facts = {
            "runKey": task.run_key,
            "modelId": task.model_id,
            "modelTag": task.spec.model_tag,
            "epochs": task.spec.epochs,
            "seed": task.spec.seed,
            "totalSteps": self._total_steps,
            "everySteps": self._every,
        }
        self.path.write_text(_line(run=facts))
        self.evaluation(0, base)

    def cut(self, size: int) -> None:
        """Go on after the first `size` bytes: what an earlier attempt wrote behind them never
        happened."""
        os.truncate(self.path, size)

    def step(self, step: int, epoch: float, logs: dict[str, float]) -> None:
        """Note an optimizer step, counted from 1; `logs` are the library's.

        The loss is that of the step's rows; the gradient's norm is that before it is clipped, null
        where a float16 scaler skipped the step.
        """
        if step % self._every and step not in (1, self._total_steps):
            return
        self._add(
            step=step,
            epoch=round(epoch, 4),
            loss=_number(logs.get("loss")),
            learningRate=_number(logs.get("learning_rate")),
            gradNorm=_number(logs.get("grad_norm")),
        )

    def evaluation(self, step: int, scores: Scores) -> None:
        """Note the scores after `step` optimizer steps."""
        self._add(step=step, evaluation=scores.as_json())

    def size(self) -> int:
        """The log's bytes, all of them written."""
        self._write()
        return self.path.stat().st_size

    def save(self, folder: Path) -> None:
        """Put the log into the folder of the model that is to be published."""
        self._write()
        copyfile(self.path, folder / TRAINING_LOG)

    def _add(self, **values: Any) -> None:
        self._waiting.append(_line(**values))
        if self._clock() - self._written >= _SECONDS_BETWEEN_WRITES:
            self._write()

    def _write(self) -> None:
        with self.path.open("a") as file:
            file.writelines(self._waiting)
        self._waiting.clear()
        self._written = self._clock()


class History(NamedTuple):
    """What a log says, in the order of the steps."""

    steps: list[dict[str, Any]]
    evaluations: list[dict[str, Any]]


def read_log(path: Path) -> History:
    """What a log says."""
    history = History([], [])
    with path.open() as file:
        for line in file:
            values = json.loads(line)
            if "evaluation" in values:
                history.evaluations.append(values)
            elif "step" in values:
                history.steps.append(values)
    return history


def _line(**values: Any) -> str:
    return json.dumps(values, separators=(",", ":")) + "\n"


def _number(value: float | None) -> float | None:
    return float(f"{value:.6g}") if value is not None and math.isfinite(value) else None
