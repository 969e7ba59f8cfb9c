"""Ends this process when it is asked to end or when its time is up, whatever the main thread does.

A thread of its own waits for the signals: an exception raised from a signal handler can be
swallowed by library code, and a long kernel of the main thread would hold a handler back. After
`release` nothing ends the process any more: what was published must be reported.

Between the steps of the training the main thread looks for itself whether it is to end, and first
writes a checkpoint; it is only ended if no step ends in time.
"""

import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sbert_trainer.errors import TrainerError, TrainingInterruptedError, TrainingTimeoutError
from sbert_trainer.held_signals import ENDING_SIGNALS, hold_signals
from sbert_trainer.interruption import Interruption
from sbert_trainer.work_folder import WorkFolder

_TICK_SECONDS = 1.0
_PATIENCE_SECONDS = 100.0
"""For a step and a checkpoint; the pod's grace period is 120 s."""


class Watch(threading.Thread):
    """Started first of all; `limit` adds the time limit once it is known."""

    def __init__(
        self, report: Callable[[TrainerError], None], patience_seconds: float = _PATIENCE_SECONDS
    ) -> None:
        """`report` says what ended the process, before it ends."""
        super().__init__(name="watch", daemon=True)
        self.interruption = Interruption()
        self._report = report
        self._patience_seconds = patience_seconds
        self._deadline = math.inf
        self._lock = threading.Lock()
        self._released = False
        self._limit: _Limit | None = None
        self._backstop: tuple[float, TrainerError] | None = None
        hold_signals()  # for `run` to take them

    def limit(self, work: WorkFolder, timeout_seconds: float) -> None:
        """End the process when all attempts together have used `timeout_seconds`.

        `work` carries the seconds from attempt to attempt, and is tidied up at the end.
        """
        self._limit = _Limit(work, timeout_seconds)
        self._check_time()

    def end_after(self, seconds: float, error: TrainerError) -> None:
        """End the process with `error` if it still runs then."""
        self._backstop = time.monotonic() + seconds, error

    def release(self) -> None:
        """From here on the process is left alone: the model is about to become visible."""
        with self._lock:
            self._released = True

    def run(self) -> None:
        """Wait for a signal, a second at a time, until one comes or the time is up."""
        while not self._released:
            if caught := signal.sigtimedwait(ENDING_SIGNALS, _TICK_SECONDS):
                self._interrupt(signal.Signals(caught.si_signo).name)
            self._check_time()

    def _interrupt(self, name: str) -> None:
        """Have the main thread end, or end it if it does not look."""
        if not self.interruption.ask(name):
            self._end(TrainingInterruptedError(f"the trainer was asked to end ({name})"))
        self._deadline = min(self._deadline, time.monotonic() + self._patience_seconds)

    def _check_time(self) -> None:
        if time.monotonic() >= self._deadline:
            words = f"no step ended within {self._patience_seconds:g} s"
            self._end(self.interruption.error(words))
        if self._backstop and time.monotonic() >= self._backstop[0]:
            self._end(self._backstop[1])
        if self._limit and self._limit.is_over():
            seconds = self._limit.timeout_seconds
            self._end(
                TrainingTimeoutError(f"the training took longer than {seconds:g} s in all attempts")
            )

    def _end(self, error: TrainerError) -> None:
        with self._lock:
            if self._released:
                return
            try:
                self._report(error)
                if self._limit:
                    with contextlib.suppress(OSError):  # the next attempt tidies up, too
                        self._limit.work.leave(error)
            finally:
                os._exit(error.exit_code)


class _Limit:
    """Seconds used, kept in a file so that they survive the attempt."""

    def __init__(self, work: WorkFolder, timeout_seconds: float) -> None:
        self.work = work
        self.timeout_seconds = timeout_seconds
        self._before = _read_seconds(work.clock)
        # Kept open: a clock that was removed with its folder must not come back.
        self._clock = os.open(work.clock, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o660)
        self._started = time.monotonic()

    def is_over(self) -> bool:
        """Write down the seconds used so far, and compare them with the limit."""
        used = self._before + time.monotonic() - self._started
        with contextlib.suppress(OSError):  # a full disk is reported by what needs it
            os.pwrite(self._clock, f"{used:012.1f}".encode(), 0)
        return used >= self.timeout_seconds


def _read_seconds(clock: Path) -> float:
    try:
        return max(0.0, float(clock.read_text()))
    except (OSError, ValueError):
        return 0.0
