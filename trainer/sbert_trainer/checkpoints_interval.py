"""When a checkpoint is due: often enough to lose little, seldom enough to cost little. Pure."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Interval:
    """With the values given here checkpoints take less than 5 % of the time, 1 / (1 + 20)."""

    seconds: float = 60.0
    """The least time between the end of a checkpoint, or the start, and the next checkpoint."""
    times_cost: float = 20.0
    """The same, as a multiple of what the last checkpoint took."""
    clock: Callable[[], float] = time.monotonic
    _next: float = 0.0

    def start(self) -> None:
        """The training starts now."""
        self._next = self.clock() + self.seconds

    def is_due(self) -> bool:
        """Whether enough time has passed."""
        return self.clock() >= self._next

    def written(self, cost: float) -> None:
        """A checkpoint that took `cost` seconds is written."""
        self._next = self.clock() + max(self.seconds, self.times_cost * cost)
