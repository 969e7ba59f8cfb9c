"""An API server in memory: stores tasks, Jobs and pods. Writes can be made to fail, before or after
they count.
"""

import copy
from collections.abc import AsyncIterator
from datetime import timedelta

from sbert_api import names
from sbert_api.kinds import TRAINING_TASK, Kind
from sbert_operator import times
from sbert_operator.cluster import Cluster
from sbert_operator.errors import ConflictError, NotFoundError
from sbert_operator.observed import Key, Manifest
from sbert_operator.steps import stage_of_label
from tests.unit.operator.builders import (
    NOW,
)
from tests.unit.operator.faults import Fault
from tests.unit.operator.rfc7386 import merged


class FakeApi(Cluster):
    """What the operator calls, carried out in memory."""

    def __init__(self) -> None:
        self.tasks: dict[Key, Manifest] = {}
        self.evaluations: dict[Key, Manifest] = {}
        self.jobs: dict[Key, Manifest] = {}
        self.pods: dict[str, list[Manifest]] = {}
        self.logs: dict[str, str] = {}
        self.events: dict[Key, Manifest] = {}
        self.warnings: dict[str, list[Manifest]] = {}
        """Events of others, by the uid of what they are about."""
        self.statuses: dict[str, list[Manifest]] = {}
        """Every status the operator stored, by the task's uid."""
        self.created: list[tuple[str, list[str]]] = []
        """For each Job created: its owner's uid, and the owner's Jobs that were alive then."""
        self.created_names: list[str] = []
        self.news: list[tuple[str, str, Manifest]] = []
        """What watches have not delivered yet: kind, change, object."""
        self.faults: list[Fault | None] = []
        """For the next writes, in order."""
        self.slow_to_delete = False
        """Jobs wait for their pods to end: they go by delete_job_now only."""
        self.calls: list[str] = []
        self._version = 100
        self._clock = NOW

    async def probe_tasks(self) -> None:
        self.calls.append("probe")

    async def list_tasks(self, kind: Kind) -> AsyncIterator[Manifest]:
        yield self._listed(f"list {kind.plural}", self._tasks_of(kind))

    async def list_jobs(self) -> AsyncIterator[Manifest]:
        yield self._listed("list jobs", self.jobs)

    async def jobs_of(self, key: Key, uid: str) -> list[Manifest]:
        self.calls.append("jobs of task")
        return [copy.deepcopy(job) for job in self.jobs.values() if owner_of(job) == uid]

    async def get_task(self, kind: Kind, key: Key) -> Manifest:
        self.calls.append("get task")
        return copy.deepcopy(self._found(self._tasks_of(kind), key))

    async def get_job(self, key: Key) -> Manifest:
        self.calls.append("get job")
        return copy.deepcopy(self._found(self.jobs, key))

    async def create_job(self, manifest: Manifest) -> Manifest:
        self.calls.append("create job")
        fault = self._before_write()
        key = Key(manifest["metadata"]["namespace"], manifest["metadata"]["name"])
        if key in self.jobs:
            raise ConflictError(409, "exists")
        uid = owner_of(manifest)
        alive = [job["metadata"]["name"] for job in self.jobs_owned_by(uid) if not ended(job)]
        self.created.append((uid, alive))
        self.created_names.append(manifest["metadata"]["name"])
        job = copy.deepcopy(manifest)
        job["metadata"] |= {"uid": f"job-{len(self.created)}", "creationTimestamp": self._tick()}
        job["status"] = {}
        self.jobs[key] = job
        self.pods[job["metadata"]["uid"]] = []
        self._changed("job", "ADDED", job)
        self._after_write(fault)
        return copy.deepcopy(job)

    async def patch_status(self, kind: Kind, key: Key, version: int, patch: Manifest) -> Manifest:
        self.calls.append("patch status")
        fault = self._before_write()
        task = self._found(self._tasks_of(kind), key)
        if task["metadata"]["resourceVersion"] != str(version):
            raise ConflictError(409, "the object has been modified")
        task["status"] = merged(task.get("status") or {}, patch)
        self.statuses.setdefault(task["metadata"]["uid"], []).append(copy.deepcopy(task["status"]))
        self._changed("task" if kind is TRAINING_TASK else "evaluation", "MODIFIED", task)
        self._after_write(fault)
        return copy.deepcopy(task)

    async def pods_of_job(self, key: Key, job_uid: str) -> list[Manifest]:
        self.calls.append("pods of job")
        return copy.deepcopy(self.pods.get(job_uid, []))

    async def suspend_job(self, key: Key, uid: str, *, suspend: bool) -> Manifest:
        self.calls.append("suspend job" if suspend else "resume job")
        fault = self._before_write()
        job = self._found(self.jobs, key)
        assert job["metadata"]["uid"] == uid
        job["spec"]["suspend"] = suspend
        if suspend:
            job["status"] |= {"active": 0, "ready": 0}
            self.pods[uid].clear()
        self._changed("job", "MODIFIED", job)
        self._after_write(fault)
        return copy.deepcopy(job)

    async def delete_job(self, key: Key, uid: str) -> None:
        self.calls.append("delete job")
        fault = self._before_write()
        job = self.jobs.get(key)
        if job and job["metadata"]["uid"] == uid and self.slow_to_delete:
            job["metadata"]["deletionTimestamp"] = moment()
            self._changed("job", "MODIFIED", job)
        elif job and job["metadata"]["uid"] == uid:
            self.delete_job_now(job)
        self._after_write(fault)

    async def warnings_about(self, namespace: str, uid: str) -> list[Manifest]:
        self.calls.append("warnings")
        return self.warnings.get(uid, [])

    async def log_tail(self, namespace: str, pod: str, container: str) -> str:
        self.calls.append("log")
        if pod not in self.logs:
            raise NotFoundError(404, "no such pod")
        return self.logs[pod]

    async def create_event(self, namespace: str, manifest: Manifest) -> None:
        self.calls.append("create event")
        key = Key(namespace, manifest["metadata"]["name"])
        if key in self.events:
            raise ConflictError(409, "exists")
        self.events[key] = manifest

    async def patch_event(self, key: Key, patch: Manifest) -> None:
        self.calls.append("patch event")
        self.events[key] |= patch

    def delete_job_now(self, job: Manifest) -> None:
        """Delete a Job, with its pods."""
        del self.jobs[Key(job["metadata"]["namespace"], job["metadata"]["name"])]
        self.pods.pop(job["metadata"]["uid"], None)
        self._changed("job", "DELETED", job)

    # Looking

    def jobs_owned_by(self, uid: str) -> list[Manifest]:
        """The stored Jobs of an owner, oldest first."""
        return [job for job in self.jobs.values() if owner_of(job) == uid]

    def _tasks_of(self, kind: Kind) -> dict[Key, Manifest]:
        return self.tasks if kind is TRAINING_TASK else self.evaluations

    def _tick(self) -> str:
        """A moment after all before it."""
        self._clock += timedelta(seconds=1)
        return times.as_text(self._clock)

    def _listed(self, call: str, objects: dict[Key, Manifest]) -> Manifest:
        self.calls.append(call)
        items = [copy.deepcopy(found) for found in objects.values()]
        return {"metadata": {"resourceVersion": str(self._version)}, "items": items}

    def _found(self, objects: dict[Key, Manifest], key: Key) -> Manifest:
        if key not in objects:
            raise NotFoundError(404, f"{key.name} not found")
        return objects[key]

    def _changed(self, kind: str, change: str, manifest: Manifest) -> None:
        self._version += 1
        manifest["metadata"]["resourceVersion"] = str(self._version)
        self.news.append((kind, change, copy.deepcopy(manifest)))

    def _before_write(self) -> Fault | None:
        fault = self.faults.pop(0) if self.faults else None
        if fault and (error := fault(False)):
            raise error
        return fault

    def _after_write(self, fault: Fault | None) -> None:
        if fault and (error := fault(True)):
            raise error


def container_of(job: Manifest) -> str:
    """The name of the container of a Job's pods."""
    labels = job["metadata"].get("labels") or {}
    return stage_of_label(labels.get(names.STEP_LABEL, "")).container


def owner_of(manifest: Manifest) -> str:
    """The uid of an object's controlling owner."""
    owners = manifest["metadata"].get("ownerReferences") or []
    return next((str(owner["uid"]) for owner in owners if owner.get("controller")), "")


def ended(job: Manifest) -> bool:
    """Whether a Job has its terminal condition."""
    return bool(job["status"].get("conditions"))


def moment() -> str:
    """The time that all objects are made at."""
    return times.as_text(NOW)
