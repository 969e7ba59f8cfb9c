"""The resync: now and then a list of everything replaces what is remembered, by set difference.

A watch can lose what happened while it was away: after a 410 nobody says what was deleted. It can
also stop delivering and look healthy. What a list shows and the watch still does not after a while
is counted, and a watch that is behind twice in a row ends the process.
"""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable

from sbert_operator.cluster import Cluster
from sbert_operator.controller import Controller
from sbert_operator.controllers import Controllers
from sbert_operator.errors import ApiError, WatchBrokenError
from sbert_operator.metrics import Metrics
from sbert_operator.observed import Key, Manifest, SomeTask

PERIOD = 300.0
"""Seconds between two resyncs."""
PATIENCE = 10.0
"""Seconds a watch may be behind a list."""
STALL = 5.0
"""Having stood still for so many seconds (a suspended machine), a watch is rightly behind."""

logger = logging.getLogger(__name__)


class Resync:
    """Lists tasks and Jobs and mends the controller's memory."""

    def __init__(
        self,
        cluster: Cluster,
        controllers: Controllers,
        metrics: Metrics,
        period: float = PERIOD,
        patience: float = PATIENCE,
    ) -> None:
        self._cluster = cluster
        self._controllers = controllers
        self._metrics = metrics
        self._period = period
        self._patience = patience
        self._ahead: dict[str, int] = {}
        self._behind_before = False
        self._last_round = math.inf

    @property
    def quiet_seconds(self) -> float:
        """How long ago the last round began, whatever came of it; 0 before there was one."""
        return max(0.0, time.monotonic() - self._last_round)

    async def run(self) -> None:
        """Resync until cancelled. Raises WatchBrokenError if the watch is behind twice in a row."""
        while True:
            self._last_round = time.monotonic()
            stalled = await self._sleep()
            try:
                await self.once()
            except ApiError as error:
                logger.warning("no resync now: %s", error)
                continue
            await asyncio.sleep(self._patience)
            self.judge_watch(stalled=stalled)

    async def once(self) -> None:
        """One resync. Raises ApiError, with part of it done: all of it is safe to do again."""
        started = time.monotonic()
        self._ahead.clear()
        jobs = await self._take(self._cluster.list_jobs(), self._controllers.job_changed)
        await self._mend(self._controllers.trainings, jobs)
        await self._mend(self._controllers.evaluations, jobs)
        self._metrics.resync_seconds.observe(time.monotonic() - started)

    async def _mend(self, controller: Controller[SomeTask], jobs: tuple[list[Key], int]) -> None:
        """Mend what a controller remembers of its tasks and of `jobs`, which were listed."""
        cache = controller.cache
        listing = self._cluster.list_tasks(controller.handling.kind)
        tasks = await self._take(listing, controller.task_changed)
        for job in cache.jobs.missing(*jobs):
            controller.forget_job(job)
        for task in cache.tasks.missing(*tasks):
            controller.forget_task(task)
        for task in cache.tasks:
            if not task.finished:
                controller.queue.add(task.key)

    def watch_saw(self, manifest: Manifest) -> None:
        """The watch delivered an object: it is not behind on this one."""
        meta = manifest["metadata"]
        if self._ahead.get(meta["uid"], 0) <= int(meta["resourceVersion"]):
            self._ahead.pop(meta["uid"], None)

    def judge_watch(self, *, stalled: bool) -> None:
        """Count what the watch is behind on. Raises WatchBrokenError the second time in a row."""
        behind = len(self._ahead)
        self._metrics.watch_stale.inc(behind)
        if behind and self._behind_before and not stalled:
            raise WatchBrokenError(
                f"the watch is behind on {behind} objects, twice in a row: starting anew"
            )
        self._behind_before = bool(behind) and not stalled

    async def _take(
        self, pages: AsyncIterator[Manifest], changed: Callable[[Manifest], bool]
    ) -> tuple[list[Key], int]:
        """Take in all pages; the keys listed and the version of the list."""
        keys: list[Key] = []
        version = 0
        async for page in pages:
            version = version or int(page["metadata"]["resourceVersion"])
            for manifest in page.get("items") or []:
                meta = manifest["metadata"]
                keys.append(Key(meta["namespace"], meta["name"]))
                if changed(manifest):
                    self._ahead[meta["uid"]] = int(meta["resourceVersion"])
            await asyncio.sleep(0)  # a page takes milliseconds: let others run in between
        return keys, version

    async def _sleep(self) -> bool:
        """Sleep for the period; whether the process stood still meanwhile."""
        stalled, until = False, time.monotonic() + self._period
        while (left := until - time.monotonic()) > 0:
            before = time.monotonic()
            await asyncio.sleep(min(1.0, left))
            stalled = stalled or time.monotonic() - before > 1.0 + STALL
        return stalled
