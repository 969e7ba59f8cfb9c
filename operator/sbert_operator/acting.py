"""Carries out one action of a pass and tells what is known then. It must never decide anything.

What it did is done again by a later pass that does not know of it, and is met then by name and uid.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Generic

from sbert_api.kinds import TRAINING_TASK
from sbert_api.reasons import Reason
from sbert_operator import progress, sanitise, waiting
from sbert_operator.actions import (
    Action,
    CreateJob,
    DeleteJob,
    Read,
    ReadEvents,
    ReadJobs,
    ReadLog,
    ReadPods,
    ReadTraining,
    SuspendJob,
    WriteStatus,
)
from sbert_operator.cache import Cache
from sbert_operator.cluster import Cluster
from sbert_operator.errors import (
    ApiError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
)
from sbert_operator.events import Events
from sbert_operator.handling import Handling
from sbert_operator.merge_patch import merge_patch
from sbert_operator.metrics import Metrics
from sbert_operator.observed import (
    Job,
    Key,
    Manifest,
    ObservedOf,
    Obstacle,
    SomeTask,
    Trained,
)
from sbert_operator.reading import is_controlled_by, job_of, pod_of, trained_of

logger = logging.getLogger(__name__)

_NORMAL = {
    *(Reason.QUEUED, Reason.VALIDATING, Reason.SUSPENDED, Reason.REPLACING),
    *(Reason.PUBLISHED, Reason.REUSED, Reason.AWAITING_ADMISSION),
    *(Reason.EVALUATED, Reason.QUALITY_GATE_PASSED, Reason.AWAITING_TRAINING),
}
"""Reasons whose Events warn of nothing."""
_AT_WORK = {Reason.TRAINING, Reason.EVALUATING}
"""Reasons that need no Event: the Job's own tell of its pods."""


class Actor(Generic[SomeTask]):
    """Does what a pass decides, and remembers what the API server answered."""

    def __init__(
        self,
        cluster: Cluster,
        cache: Cache[SomeTask],
        handling: Handling[SomeTask],
        metrics: Metrics,
        now: Callable[[], datetime],
    ) -> None:
        self._cluster = cluster
        self._handling: Handling[SomeTask] = handling
        self._cache: Cache[SomeTask] = cache
        self._metrics = metrics
        self._events = Events(cluster)
        self._now = now

    def load(self, key: Key) -> ObservedOf[SomeTask] | None:
        """What is remembered of a task; None if there is none."""
        task = self._cache.tasks.get(key)
        if task is None:
            return None
        seen = ObservedOf(task, self._cache.jobs_of(task.uid))
        job = self._handling.current_job(seen)
        if job is None:
            return seen
        said, since = self._cache.progress_of(job), self._cache.unready_since(job)
        return replace(seen, progress=said, unready_since=since)

    async def act(self, seen: ObservedOf[SomeTask], action: Action) -> ObservedOf[SomeTask] | None:
        """What is known after the action; None if the pass ends with it."""
        if isinstance(action, Read):
            return await self._read(seen, action)
        if isinstance(action, CreateJob):
            return await self._create_job(seen, action.manifest)
        if isinstance(action, SuspendJob):
            return await self._suspend_job(seen, action)
        if isinstance(action, DeleteJob):
            return await self._delete_job(action.job)
        if isinstance(action, WriteStatus):
            return await self._write_status(seen, action)
        return None

    async def _read(self, seen: ObservedOf[SomeTask], action: Read) -> ObservedOf[SomeTask]:
        match action:
            case ReadJobs():
                return await self._read_jobs(seen)
            case ReadPods(job):
                return await self._read_pods(seen, job)
            case ReadLog():
                return await self._read_log(seen, action)
            case ReadEvents():
                return await self._read_events(seen, action)
            case ReadTraining(name):
                return await self._read_training(seen, name)

    async def _read_jobs(self, seen: ObservedOf[SomeTask]) -> ObservedOf[SomeTask]:
        for manifest in await self._cluster.jobs_of(seen.task.key, seen.task.uid):
            self._cache.put_job(job_of(manifest))
        return replace(seen, jobs=self._cache.jobs_of(seen.task.uid), jobs_are_live=True)

    async def _read_pods(self, seen: ObservedOf[SomeTask], job: Job) -> ObservedOf[SomeTask]:
        manifests = await self._cluster.pods_of_job(job.key, job.uid)
        pods = [pod_of(manifest) for manifest in manifests if is_controlled_by(manifest, job.uid)]
        return replace(seen, pods=tuple(sorted(pods, key=lambda pod: pod.created)))

    async def _read_log(self, seen: ObservedOf[SomeTask], action: ReadLog) -> ObservedOf[SomeTask]:
        """A log that cannot be read counts as empty: pod or node may be gone for good."""
        namespace = seen.task.key.namespace
        try:
            log = await self._cluster.log_tail(namespace, action.pod.name, action.container)
        except ApiError:
            log = ""
        latest = progress.latest_progress(log, self._now())
        return replace(seen, log=log, progress=latest or seen.progress)

    async def _read_events(
        self, seen: ObservedOf[SomeTask], action: ReadEvents
    ) -> ObservedOf[SomeTask]:
        """Events that cannot be read tell nothing: they are a courtesy of others."""
        found: list[Manifest] = []
        for uid in filter(None, (action.job.uid, action.pod.uid if action.pod else "")):
            try:
                found += await self._cluster.warnings_about(seen.task.key.namespace, uid)
            except ApiError as error:
                logger.debug("%s/%s: no events now: %s", *seen.task.key, error)
        found.sort(key=_event_time, reverse=True)
        return replace(seen, complaints=tuple(map(_event_text, found)))

    async def _read_training(self, seen: ObservedOf[SomeTask], name: str) -> ObservedOf[SomeTask]:
        task, run = seen.task, seen.task.status.run
        try:
            found = await self._cluster.get_task(TRAINING_TASK, Key(task.key.namespace, name))
        except NotFoundError:
            since = self._cache.missed_since(task.uid, run.key if run else "")
            return replace(seen, trained=Trained("Missing", missed_since=since))
        self._cache.forget_missed(task.uid)
        return replace(seen, trained=trained_of(found))

    async def _create_job(
        self, seen: ObservedOf[SomeTask], manifest: Manifest
    ) -> ObservedOf[SomeTask]:
        try:
            stored = await self._cluster.create_job(manifest)
        except ConflictError as error:
            return await self._adopt(seen, manifest, error)
        except RefusedError as error:
            return replace(seen, obstacle=Obstacle(Reason.JOB_REFUSED, error.message, final=True))
        except ForbiddenError as error:
            return replace(seen, obstacle=waiting.refusal(error.message))
        logger.info("%s/%s: created Job %s", *seen.task.key, manifest["metadata"]["name"])
        if seen.task.generation == 1 and seen.task.kind is TRAINING_TASK:
            age = self._now() - seen.task.created
            self._metrics.apply_to_job.observe(max(0.0, age.total_seconds()))
        return self._with_job(seen, stored)

    async def _adopt(
        self, seen: ObservedOf[SomeTask], manifest: Manifest, error: ConflictError
    ) -> ObservedOf[SomeTask]:
        """The name is taken: by our own Job, created before, or by somebody else's."""
        name = manifest["metadata"]["name"]
        try:
            stored = await self._cluster.get_job(Key(seen.task.key.namespace, name))
        except NotFoundError:
            raise error from None
        if is_controlled_by(stored, seen.task.uid):
            return self._with_job(seen, stored)
        message = f"a Job {name} exists that is not this task's; delete it and this task goes on"
        return replace(seen, obstacle=Obstacle(Reason.JOB_NAME_CONFLICT, message))

    async def _suspend_job(
        self, seen: ObservedOf[SomeTask], action: SuspendJob
    ) -> ObservedOf[SomeTask] | None:
        job, word = action.job, "suspended" if action.suspend else "resumed"
        try:
            stored = await self._cluster.suspend_job(job.key, job.uid, suspend=action.suspend)
        except NotFoundError:
            self._cache.remove_job(job.key, job.uid)
            return self.load(seen.task.key)
        logger.info("%s/%s: %s Job %s", *seen.task.key, word, job.key.name)
        return self._with_job(seen, stored)

    async def _delete_job(self, job: Job) -> ObservedOf[SomeTask] | None:
        """Its end comes as an event of the watch, once its pods are gone."""
        await self._cluster.delete_job(job.key, job.uid)
        logger.info("%s/%s: deleted the Job", *job.key)
        return None

    def _with_job(self, seen: ObservedOf[SomeTask], stored: Manifest) -> ObservedOf[SomeTask]:
        self._cache.put_job(job_of(stored))
        jobs = self._cache.jobs_of(seen.task.uid)
        return replace(seen, jobs=jobs, pods=None, log=None)

    async def _write_status(
        self, seen: ObservedOf[SomeTask], action: WriteStatus
    ) -> ObservedOf[SomeTask] | None:
        task, wanted = seen.task, action.status
        patch = merge_patch(wanted.as_json(), task.raw_status)
        try:
            stored = await self._cluster.patch_status(
                self._handling.kind, task.key, task.version, patch
            )
        except NotFoundError:
            self._cache.tasks.remove(task.key, task.uid)
            return None
        except ConflictError:
            return await self._reload(task)
        self._cache.tasks.put(self._handling.read(stored))
        self._count(task, action)
        await self._tell(task, action)
        if wanted.run and task.status.run and wanted.run.key == task.status.run.key:
            return replace(seen, task=self._handling.read(stored))
        return self.load(task.key)

    def _count(self, task: SomeTask, action: WriteStatus) -> None:
        """Once for each status that was stored; what another operator stored it has counted."""
        namespace, wanted = task.key.namespace, action.status
        self._metrics.used(namespace, self._handling.usage_between(task.status, wanted))
        if wanted.end_date and not task.status.end_date:
            self._metrics.finished(namespace, wanted.reason)

    async def _tell(self, task: SomeTask, action: WriteStatus) -> None:
        """One Event for each change of the reason, but for work as usual."""
        wanted = action.status
        if wanted.phase != task.status.phase:
            logger.info("%s/%s: %s, %s", *task.key, wanted.phase, wanted.reason)
        if wanted.reason not in {*_AT_WORK, task.status.reason}:
            warning = wanted.reason not in _NORMAL
            await self._events.record(
                task, wanted.reason, wanted.message, self._now(), warning=warning
            )

    async def _reload(self, task: SomeTask) -> ObservedOf[SomeTask] | None:
        """The task was changed by somebody else: read it and begin again."""
        try:
            stored = await self._cluster.get_task(self._handling.kind, task.key)
            self._cache.tasks.put(self._handling.read(stored))
        except NotFoundError:
            self._cache.tasks.remove(task.key, task.uid)
        return self.load(task.key)


def _event_time(event: Manifest) -> str:
    return event.get("lastTimestamp") or event.get("eventTime") or ""


def _event_text(event: Manifest) -> str:
    return sanitise.one_line(f"{event.get('reason', '')}: {event.get('message', '')}")
