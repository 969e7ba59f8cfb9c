"""One side of the comparison: a training in a process of its own that runs when it is told to."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.testbed import Testbed

PIPES = "BENCH_PIPES"
"""The environment variable with both numbers of the child: to read from, to write to."""


@dataclass(frozen=True)
class Setup:
    """What both sides are to train: the dataset `train` of the testbed, in this way."""

    testbed: Testbed
    loss: str = "MultipleNegativesRankingLoss"
    batch: int = 16
    seed: int = 42
    margin: float = 0.5

    def ours(self, name: str, *, module: str = "benchmarks.ours") -> list[str]:
        """The command of our side, by `module`: with the benchmark's callback, or without."""
        spec = {
            **{"loss": self.loss, "tripletMargin": self.margin, "seed": self.seed},
            **{"perDeviceTrainBatchSize": self.batch, "learningRate": 2e-5},
        }
        return [sys.executable, "-m", module, *self.testbed.command(name, **spec)]

    def stock(self, *, every_loss: bool = False, save: Path | None = None) -> list[str]:
        """The command of the library's side, which logs `every_loss` or as often as it likes."""
        return [
            *(sys.executable, "-m", "benchmarks.stock", "--model", str(self.testbed.base)),
            *("--data", str(self.testbed.datasets / "train.jsonl")),
            *("--scratch", str(self.testbed.folder / "stock"), "--batch", str(self.batch)),
            *("--seed", str(self.seed), "--loss", self.loss, "--margin", str(self.margin)),
            *(("--logging-steps", "1") if every_loss else ()),
            *(("--save", str(save)) if save else ()),
        ]


class Side:
    """A training process, paused whenever it is not asked for steps."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it; the clock of its first step starts as well."""
        its_end, self._commands = (os.fdopen(n, m) for n, m in zip(os.pipe(), "rw", strict=True))
        self._answers, other = (os.fdopen(n, m) for n, m in zip(os.pipe(), "rw", strict=True))
        numbers = (its_end.fileno(), other.fileno())
        self._started = time.time()
        self._process = subprocess.Popen(
            command,
            env={**offline(), PIPES: ",".join(map(str, numbers))},
            pass_fds=numbers,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        its_end.close()
        other.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.communicate()
        self._commands.close()
        self._answers.close()

    def first_step(self) -> float:
        """Seconds from the process's start to the end of its first optimizer step."""
        return float(self._answer()["first_step"]) - self._started

    def run(self, steps: int) -> float:
        """Seconds that the next `steps` optimizer steps take."""
        self._say(steps)
        return float(self._answer()["seconds"])

    def finish(self) -> dict[str, Any]:
        """End it; returns peak_memory (bytes) and losses (of all steps but the last)."""
        self._say(0)
        return self._answer()

    def _say(self, steps: int) -> None:
        self._commands.write(f"{steps}\n")
        self._commands.flush()

    def _answer(self) -> dict[str, Any]:
        if line := self._answers.readline():
            answer: dict[str, Any] = json.loads(line)
            return answer
        assert self._process.stderr is not None
        words = self._process.stderr.read().decode()[-2000:]
        raise RuntimeError(f"a training ended before it was told to: {words}")


def offline() -> dict[str, str]:
    """The environment of both sides: nothing is looked up on the network."""
    return {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
