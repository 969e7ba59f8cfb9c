"""The work queue: each key once, one worker a key, failures tried again after growing pauses.

It must never run two passes over the same key at the same time, nor lose a key that was added
while its pass ran: that key runs once more.
"""

import asyncio
import contextlib
import itertools
import logging
import random
import time
from collections.abc import Awaitable, Callable

from sbert_operator.errors import ApiError, BlockedError, OperatorError
from sbert_operator.observed import Key

WORKERS = 16
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 60.0

logger = logging.getLogger(__name__)


class Queue:
    """Keys to work on, and the workers that do."""

    def __init__(
        self,
        work: Callable[[Key], Awaitable[None]],
        workers: int = WORKERS,
        jitter: Callable[[float, float], float] = random.uniform,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`work` does one pass over a key; what it raises makes the key wait and run again.

        `clock` tells the time in seconds; it never goes back.
        """
        self._work = work
        self._workers = workers
        self._jitter = jitter
        self._clock = clock
        self._ready: asyncio.PriorityQueue[tuple[bool, int, Key]] = asyncio.PriorityQueue()
        self._numbers = itertools.count()
        self._wanted: dict[Key, float] = {}
        self._first: set[Key] = set()
        self._busy: set[Key] = set()
        self._failures: dict[Key, int] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def depth(self) -> int:
        """Keys that wait for a worker now; those that pause after a failure do not count."""
        return len(self._wanted)

    @property
    def oldest_seconds(self) -> float:
        """How long the key that waits longest has been waiting."""
        first = next(iter(self._wanted.values()), None)
        return 0.0 if first is None else self._clock() - first

    def add(self, key: Key, *, first: bool = False) -> None:
        """Work on `key` soon, once, however often it is added before that.

        `first`: before all keys that were added without it, also if `key` is one of them.
        """
        self._cancel_timer(key)
        if key in self._wanted and (not first or key in self._first):
            return
        self._wanted.setdefault(key, self._clock())
        if first:
            self._first.add(key)
        if key not in self._busy:
            self._line_up(key)

    def add_after(self, key: Key, seconds: float) -> None:
        """Work on `key` in so many seconds; replaces what was planned for it."""
        self._cancel_timer(key)
        self._timers[key] = asyncio.get_running_loop().call_later(seconds, self.add, key)

    def retry_now(self) -> None:
        """Forget all failures and work at once on every key that pauses: an outage is over."""
        self._failures.clear()
        for key in list(self._timers):
            self.add(key)

    async def drain(self, seconds: float) -> bool:
        """Begin no more passes; whether those that ran have ended within so many seconds."""
        self._closed = True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)
        return self._idle.is_set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._worker())

    async def _worker(self) -> None:
        while True:
            *_, key = await self._ready.get()
            if self._closed or key not in self._wanted or key in self._busy:
                continue  # not any more, or it was put forward
            del self._wanted[key]
            self._first.discard(key)
            self._busy.add(key)
            self._idle.clear()
            # One that is cancelled stays busy: its last request may still be on its way.
            await self._pass(key)
            self._busy.discard(key)
            if key in self._wanted:
                self._line_up(key)
            if not self._busy:
                self._idle.set()

    def _line_up(self, key: Key) -> None:
        self._ready.put_nowait((key not in self._first, next(self._numbers), key))

    async def _pass(self, key: Key) -> None:
        try:
            await self._work(key)
        except BlockedError as error:
            self._pause(key, str(error), logging.INFO)
        except OperatorError as error:
            asked = error.retry_after if isinstance(error, ApiError) else 0.0
            self._pause(key, str(error), logging.WARNING, asked)
        except Exception:
            logger.exception("a bug: the pass over %s/%s failed", *key)
            self._pause(key, "an unexpected error", logging.WARNING)
        else:
            self._failures.pop(key, None)

    def _pause(self, key: Key, why: str, level: int, at_least: float = 0.0) -> None:
        count = self._failures[key] = self._failures.get(key, 0) + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(count - 1, 16))
        pause = max(at_least, pause * self._jitter(0.8, 1.2))
        logger.log(level, "%s/%s: %s; again in %.1f s", *key, why, pause)
        if key not in self._wanted:
            self.add_after(key, pause)

    def _cancel_timer(self, key: Key) -> None:
        timer = self._timers.pop(key, None)
        if timer:
            timer.cancel()
