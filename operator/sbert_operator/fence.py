"""The write fence: until when this process may write to the API server.

It must never depend on the event loop: a process that stood still, or a machine that was suspended,
finds the fence closed at its first write, whatever wakes up first.
"""

import time
from collections.abc import Callable

from sbert_operator.errors import FencedError


def boottime() -> float:
    """Seconds since the machine was booted, with those it was suspended for."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Fence:
    """Closed at first; open until a moment that each renewal of the lease moves on."""

    def __init__(self, clock: Callable[[], float] = boottime) -> None:
        """`clock` tells the time in seconds; it must go on while the machine is suspended."""
        self.now = clock
        """The clock that the moments are of."""
        self._until = float("-inf")

    @property
    def is_open(self) -> bool:
        """Whether this process may write now."""
        return self.now() <= self._until

    def open_until(self, moment: float) -> None:
        """Allow writes until this moment of the clock."""
        self._until = moment

    def close(self) -> None:
        """Allow no more writes."""
        self._until = float("-inf")

    def check(self) -> None:
        """Raises FencedError unless this process may write now."""
        if not self.is_open:
            raise FencedError("not written: this operator does not lead, or no longer")
