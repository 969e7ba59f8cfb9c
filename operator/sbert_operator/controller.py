"""The controller: load what is known, let the kind's rules decide, act, until nothing is left.

It must never decide anything itself. One status write ends a pass; a pass that is cut off anywhere
is done again from the start and meets what it had done by name and uid.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Generic

from sbert_operator import times
from sbert_operator.acting import Actor
from sbert_operator.actions import Settle
from sbert_operator.cache import Cache
from sbert_operator.cluster import Cluster
from sbert_operator.errors import BlockedError, OperatorError
from sbert_operator.handling import Handling
from sbert_operator.metrics import Metrics
from sbert_operator.observed import Job, Key, Manifest, SomeTask
from sbert_operator.queue import Queue
from sbert_operator.reading import job_of
from sbert_operator.settings import TrainerSettings

MOST_ACTIONS = 12
"""A pass needs eight at most; more means that two writers disagree, and a pause helps."""


class Controller(Generic[SomeTask]):
    """Keeps the Jobs and the status of every task of one kind as they should be."""

    def __init__(
        self,
        cluster: Cluster,
        handling: Handling[SomeTask],
        settings: TrainerSettings,
        metrics: Metrics,
        now: Callable[[], datetime] = times.now,
    ) -> None:
        self.cache: Cache[SomeTask] = Cache(now)
        self.handling: Handling[SomeTask] = handling
        self.queue = Queue(self.work)
        self._actor: Actor[SomeTask] = Actor(cluster, self.cache, handling, metrics, now)
        self._settings = settings
        self._metrics = metrics
        self._now = now

    def task_changed(self, manifest: Manifest) -> bool:
        """A task was seen; whether that was news."""
        task = self.handling.read(manifest)
        news = self.cache.tasks.put(task)
        if news:
            self.queue.add(task.key)
        return news

    def task_deleted(self, manifest: Manifest) -> None:
        """A task is gone. Its Job goes by its owner reference."""
        self.forget_task(self.handling.read(manifest))

    def job_changed(self, manifest: Manifest) -> bool:
        """A Job was seen; whether that was news."""
        job = job_of(manifest)
        before = self.cache.jobs.get(job.key)
        news = self.cache.put_job(job)
        if news:
            has_just_ended = bool(job.end and before and not before.end)
            self._look_at_owner(job, first=has_just_ended)
        return news

    def job_deleted(self, manifest: Manifest) -> None:
        """A Job is gone."""
        self.forget_job(job_of(manifest))

    def forget_task(self, task: SomeTask) -> None:
        """A remembered task is gone."""
        self.cache.tasks.remove(task.key, task.uid)
        self.cache.forget_missed(task.uid)

    def forget_job(self, job: Job) -> None:
        """A remembered Job is gone; what that means is for its task to say."""
        self.cache.remove_job(job.key, job.uid)
        self._look_at_owner(job)

    async def work(self, key: Key) -> None:
        """One pass over a task. Raises OperatorError where it must be done again."""
        started = time.monotonic()
        outcome = "error"
        try:
            await self._reconcile(key)
            outcome = "ok"
        except BlockedError:
            outcome = "blocked"
            raise
        finally:
            self._metrics.reconciled(self.handling.kind.name, outcome, time.monotonic() - started)

    async def _reconcile(self, key: Key) -> None:
        seen = self._actor.load(key)
        for _ in range(MOST_ACTIONS):
            if seen is None:
                return
            action = self.handling.reconcile(seen, self._settings, self._now())
            if isinstance(action, Settle):
                self._settle(key, action)
                return
            seen = await self._actor.act(seen, action)
        raise OperatorError(f"no end after {MOST_ACTIONS} actions")

    def _settle(self, key: Key, settled: Settle) -> None:
        if settled.blocked:
            raise BlockedError(settled.blocked)
        if settled.again_in is not None:
            self.queue.add_after(key, settled.again_in)

    def _look_at_owner(self, job: Job, *, first: bool = False) -> None:
        """`first`: before what is only to be begun. Somebody waits for this end."""
        if job.owner_name:
            self.queue.add(Key(job.key.namespace, job.owner_name), first=first)
