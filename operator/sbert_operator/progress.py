"""Progress of running trainings, from the ends of their logs.

It must never write a status itself: it remembers what it read and lets the task be looked at.
Errors are no news: a log that cannot be read now will be read later.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from sbert_api import result
from sbert_api.v1alpha1.training_status import Progress
from sbert_operator import times
from sbert_operator.cache import Cache
from sbert_operator.cluster import Cluster
from sbert_operator.errors import ApiError
from sbert_operator.observed import Job, Key, Task
from sbert_operator.reading import is_controlled_by, pod_of, progress_as_read
from sbert_operator.steps import TRAIN

INTERVAL = 10.0
"""Seconds between two looks at a log, and so at least between two progress writes of a task."""
A_SECOND = 8.0
"""Logs read a second, on average: 1.5 % of a core. With 1,000 running tasks progress is two
minutes old at most."""
AT_ONCE = 8

logger = logging.getLogger(__name__)


def latest_progress(log: str, now: datetime) -> Progress | None:
    """The last progress that a log's end reports, with the time when it was read."""
    found = (result.parse_progress_line(line.strip()) for line in reversed(log.split("\n")))
    progress = next((progress for progress in found if progress), None)
    return progress_as_read(progress, now) if progress else None


class ProgressReader:
    """Reads the log of every running training now and then."""

    def __init__(
        self,
        cluster: Cluster,
        cache: Cache[Task],
        look_at: Callable[[Key], None],
        interval: float = INTERVAL,
    ) -> None:
        """`look_at` is told the key of each task whose progress changed; `interval` in seconds."""
        self._cluster = cluster
        self._cache = cache
        self._look_at = look_at
        self._interval = interval
        self._pods: dict[str, tuple[int, str]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            await asyncio.sleep(self.pause)
            await self.read_all()

    @property
    def pause(self) -> float:
        """Seconds between two rounds: the interval, or more where many trainings run."""
        return max(self._interval, len(self._running()) / A_SECOND)

    async def read_all(self) -> None:
        """Read the log of every training that runs now."""
        running = self._running()
        uids = {job.uid for job in running}
        self._pods = {uid: pod for uid, pod in self._pods.items() if uid in uids}
        async with asyncio.TaskGroup() as group:
            for job in running:
                group.create_task(self._read(job))

    def _running(self) -> list[Job]:
        trainings = (job for job in self._cache.jobs if job.step == TRAIN.label)
        return [job for job in trainings if job.ready and not job.end]

    async def _read(self, job: Job) -> None:
        async with self._slots:
            try:
                log = await self._log(job)
            except ApiError as error:
                self._pods.pop(job.uid, None)
                logger.debug("%s/%s: no log now: %s", *job.key, error)
                return
        progress = latest_progress(log, times.now())
        if progress and self._is_news(job, progress):
            self._cache.put_progress(job, progress)
            self._look_at(Key(job.key.namespace, job.owner_name))

    async def _log(self, job: Job) -> str:
        """A log costs the API server less than a list of pods: the pod's name is remembered."""
        attempt, pod = self._pods.get(job.uid, (0, ""))
        if attempt != job.attempts:
            manifests = await self._cluster.pods_of_job(job.key, job.uid)
            pods = [pod_of(item) for item in manifests if is_controlled_by(item, job.uid)]
            pod = max(pods, key=lambda pod: pod.created).name if pods else ""
            self._pods[job.uid] = (job.attempts, pod)
        if not pod:
            return ""
        return await self._cluster.log_tail(job.key.namespace, pod, TRAIN.container)

    def _is_news(self, job: Job, progress: Progress) -> bool:
        before = self._cache.progress_of(job)
        ignored = {"last_updated_time"}
        return before is None or before.model_dump(exclude=ignored) != progress.model_dump(
            exclude=ignored
        )
