"""A callback by which another process lets a training run a few steps at a time.

Both sides are measured with it: it lets one wait while the other trains. It talks over two pipes,
whose numbers stand in the environment: it reads how many steps to run, and answers with JSON lines.
"""

import json
import os
import time
from typing import IO, Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from benchmarks.machine import peak_memory

PIPES = "BENCH_PIPES"
"""The environment variable: "<number to read from>,<number to write to>"."""


class Windows(TrainerCallback):
    """Says when the first step is done, then trains as many steps as it is told, until told 0."""

    def __init__(self) -> None:
        reading, writing = (int(number) for number in os.environ[PIPES].split(","))
        self._commands: IO[str] = os.fdopen(reading)
        self._answers: IO[str] = os.fdopen(writing, "w")
        self._left = 1
        self._started: float | None = None
        self._losses: list[float] = []

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Called after each optimizer step."""
        self._left -= 1
        if self._left:
            return
        if self._started is None:
            self._answer(first_step=time.time())
        else:
            self._answer(seconds=time.perf_counter() - self._started)
        self._left = int(self._commands.readline() or 0)
        if not self._left:
            self._answer(peak_memory=peak_memory(), losses=self._losses)
            os._exit(0)
        self._started = time.perf_counter()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Keep the losses. A step's is logged after its end."""
        if logs and "loss" in logs:
            self._losses.append(logs["loss"])

    def _answer(self, **answer: Any) -> None:
        self._answers.write(json.dumps(answer) + "\n")
        self._answers.flush()
