"""Reports how far the training is: JSON lines on standard output, a bar for people beside them."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sbert_api.result import progress_line
from sbert_api.v1alpha1.training_status import Progress
from sbert_trainer.log import say

_SECONDS_BETWEEN_LINES = 1.0
_BAR_WIDTH = 30


@dataclass
class ProgressReport:
    """One run's progress. At most a line a second, and always the first and the last."""

    total_steps: int
    epochs: float
    triplets: int
    """Training rows of one epoch."""
    show_bar: bool
    clock: Callable[[], float] = time.monotonic
    last: Progress | None = None
    """What was reported last."""
    _started: float = 0.0
    _first: int = 0
    _last_line: float = 0.0
    _losses: list[float] = field(default_factory=list)

    def start(self, step: int = 0) -> None:
        """Report a start after `step`; speed and time left are those of what follows."""
        self._started = self.clock()
        self._first = step
        self._write(step)

    def step(self, step: int, loss: float) -> None:
        """Note that `step` optimizer steps are done and what the last one's loss was."""
        self._losses.append(loss)
        due = self.clock() - self._last_line >= _SECONDS_BETWEEN_LINES
        if due or step == self.total_steps:
            self._write(step)

    def end(self, step: int) -> None:
        """Report that the run is over; after fewer steps than it had, those are all it has."""
        if step < self.total_steps:
            self.epochs *= step / self.total_steps
            self.total_steps = step
            self._write(step)

    def _write(self, step: int) -> None:
        self._last_line = self.clock()
        progress = self.last = self._progress(step, self._last_line - self._started)
        self._losses.clear()
        sys.stdout.write(progress_line(progress) + "\n")
        sys.stdout.flush()
        if self.show_bar:
            say(bar(progress))

    def _progress(self, step: int, seconds: float) -> Progress:
        share, done = step / self.total_steps, step - self._first
        triplets = done / self.total_steps * self.epochs * self.triplets
        speed = triplets / seconds if done and seconds else None
        left = seconds / done * (self.total_steps - step) if done else None
        percentage = 100 * step // self.total_steps
        return Progress(
            percentage=percentage,
            summary=f"{percentage}%",
            step=step,
            total_steps=self.total_steps,
            epoch=round(share * self.epochs, 4),
            loss=round(sum(self._losses) / len(self._losses), 6) if self._losses else None,
            samples_per_second=round(speed, 3) if speed else None,
            estimated_remaining_seconds=round(left, 1) if left is not None else None,
        )


def bar(progress: Progress) -> str:
    """A text bar with step, loss and time left."""
    done = _BAR_WIDTH * progress.step // progress.total_steps
    parts = [
        f"[{'#' * done}{'.' * (_BAR_WIDTH - done)}] {progress.percentage:3d}%",
        f"step {progress.step}/{progress.total_steps}",
    ]
    if progress.loss is not None:
        parts.append(f"loss {progress.loss:.4f}")
    if progress.estimated_remaining_seconds is not None:
        parts.append(f"{progress.estimated_remaining_seconds:.0f} s left")
    return "  ".join(parts)
