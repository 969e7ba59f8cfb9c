"""The operator's memory of tasks and Jobs, fed by watch events, own writes and the resync's lists.

An older version never replaces a newer one, and what was deleted does not come back by a late
answer. It must never be asked what to do: it only says what is there.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Generic, TypeVar

from sbert_api.v1alpha1.training_status import Progress
from sbert_operator import times
from sbert_operator.observed import Evaluation, Job, Key, SomeTask, Task

Item = TypeVar("Item", Task, Evaluation, Job)
TOMBSTONES = 4096
"""How many deleted uids are remembered: far more than answers can be on their way."""


class Store(Generic[Item]):
    """The objects of one kind by key; the newest version of each is kept."""

    def __init__(self) -> None:
        self._items: dict[Key, Item] = {}
        self._gone: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def get(self, key: Key) -> Item | None:
        """The object of this name, if there is one."""
        return self._items.get(key)

    def put(self, item: Item) -> bool:
        """Remember `item`; False if that is no news: deleted, older than or the same as before."""
        old = self._items.get(item.key)
        if item.uid in self._gone or (old and old.version >= item.version):
            return False
        self._items[item.key] = item
        return True

    def remove(self, key: Key, uid: str) -> Item | None:
        """Forget the object with this uid for good. Another one of its name stays."""
        self._gone[uid] = None
        while len(self._gone) > TOMBSTONES:
            del self._gone[next(iter(self._gone))]
        old = self._items.get(key)
        return self._items.pop(key) if old and old.uid == uid else None

    def missing(self, listed: Iterable[Key], version: int) -> list[Item]:
        """The objects that a list of this version should have had and does not have."""
        keys = set(listed)
        return [i for i in self._items.values() if i.key not in keys and i.version <= version]


class Cache(Generic[SomeTask]):
    """Tasks of one kind, and Jobs with an index by the uid of their owner."""

    def __init__(self, now: Callable[[], datetime] = times.now) -> None:
        self.tasks: Store[SomeTask] = Store()
        self._jobs: Store[Job] = Store()
        self._owned: defaultdict[str, set[Key]] = defaultdict(set)
        self._progress: dict[str, tuple[int, Progress]] = {}
        self._unready: dict[str, datetime] = {}
        self._missed: dict[str, tuple[str, datetime]] = {}
        self._now = now

    @property
    def jobs(self) -> Store[Job]:
        """All Jobs, to read; they are changed by put_job and remove_job."""
        return self._jobs

    def put_job(self, job: Job) -> bool:
        """Remember a Job; False if that is no news."""
        old = self._jobs.get(job.key)
        if not self._jobs.put(job):
            return False
        if old:
            self._unlink(old)
        self._owned[job.owner_uid].add(job.key)
        if job.end:
            self._progress.pop(job.uid, None)
        if job.end or job.ready:
            self._unready.pop(job.uid, None)
        else:
            self._unready.setdefault(job.uid, self._now())
        return True

    def remove_job(self, key: Key, uid: str) -> None:
        """Forget the Job with this uid."""
        if old := self._jobs.remove(key, uid):
            self._unlink(old)
            self._progress.pop(uid, None)
            self._unready.pop(uid, None)

    def jobs_of(self, owner_uid: str) -> tuple[Job, ...]:
        """The Jobs whose controlling owner has this uid."""
        found = (self._jobs.get(key) for key in self._owned.get(owner_uid, ()))
        return tuple(job for job in found if job)

    def put_progress(self, job: Job, progress: Progress) -> None:
        """Remember what the present attempt of a Job said last."""
        self._progress[job.uid] = (job.attempts, progress)

    def progress_of(self, job: Job) -> Progress | None:
        """What the present attempt of a Job said last."""
        attempt, progress = self._progress.get(job.uid, (0, None))
        return progress if attempt == job.attempts else None

    def unready_since(self, job: Job) -> datetime | None:
        """Since when a Job that has not ended is known to have no ready pod."""
        return self._unready.get(job.uid)

    def missed_since(self, uid: str, run_key: str) -> datetime:
        """When a run of this task first missed its training: now, if nothing is known of it."""
        known, since = self._missed.get(uid, ("", self._now()))
        if known != run_key:
            since = self._now()
        self._missed[uid] = run_key, since
        return since

    def forget_missed(self, uid: str) -> None:
        """The training of this task is there, or the task is gone."""
        self._missed.pop(uid, None)

    def _unlink(self, job: Job) -> None:
        keys = self._owned[job.owner_uid]
        keys.discard(job.key)
        if not keys:
            del self._owned[job.owner_uid]
