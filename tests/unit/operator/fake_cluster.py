"""A Kubernetes in memory: an API server, and levers for what users, the Job controller and the
kubelet do.
"""

import json
from typing import Any

from sbert_api import names
from sbert_api.exit_codes import PERMANENT_CODES
from sbert_operator.observed import Key, Manifest
from tests.unit.operator.builders import (
    CHECKED,
    PUBLISHED,
    evaluation_manifest,
    pod_manifest,
    task_manifest,
)
from tests.unit.operator.fake_api import FakeApi, container_of, moment


class FakeCluster(FakeApi):
    """An API server whose users, Job controller and kubelet do what a test says."""

    # What users do

    def add_task(self, uid: str = "task-1", **changes: Any) -> Key:
        """Apply a task."""
        task = task_manifest(uid=uid, **changes)
        key = Key(task["metadata"]["namespace"], task["metadata"]["name"])
        self.tasks[key] = task
        self._changed("task", "ADDED", task)
        return key

    def add_evaluation(self, **spec: Any) -> Key:
        """Apply an evaluation."""
        evaluation = evaluation_manifest(spec)
        key = Key(evaluation["metadata"]["namespace"], evaluation["metadata"]["name"])
        self.evaluations[key] = evaluation
        self._changed("evaluation", "ADDED", evaluation)
        return key

    def delete_task(self, key: Key) -> None:
        """Delete a task; the garbage collector deletes what it owned."""
        task = self.tasks.pop(key)
        self._changed("task", "DELETED", task)
        for job in self.jobs_owned_by(task["metadata"]["uid"]):
            self.delete_job_now(job)

    def edit_task(self, key: Key, **spec: Any) -> None:
        """Apply a changed spec: the API server counts the generation."""
        task = self.tasks[key]
        changed = {**task["spec"], **spec}
        if changed != task["spec"]:
            task["metadata"]["generation"] += 1
        task["spec"] = changed
        self._changed("task", "MODIFIED", task)

    def annotate_task(self, key: Key, **annotations: str) -> None:
        """Set the task's annotations, and wipe all others."""
        self.tasks[key]["metadata"]["annotations"] = annotations
        self._changed("task", "MODIFIED", self.tasks[key])

    def write_status(self, key: Key, status: Any) -> None:
        """Write a status by hand."""
        self.tasks[key]["status"] = status
        self._changed("task", "MODIFIED", self.tasks[key])

    def add_foreign_job(self, key: Key) -> None:
        """A Job of somebody else's under a name."""
        meta = {"namespace": key.namespace, "name": key.name, "uid": "foreign"}
        job: Manifest = {"metadata": {**meta, "creationTimestamp": moment()}, "status": {}}
        self._version += 1
        job["metadata"]["resourceVersion"] = str(self._version)
        self.jobs[key] = job

    # What the Job controller and the kubelet do

    def make_pod(self, job: Manifest) -> None:
        """The Job controller makes the next pod; it waits for a node."""
        job["status"]["active"] = 1
        self._changed("job", "MODIFIED", job)

    def start_pod(self, job: Manifest) -> None:
        """The next attempt of a Job starts and is ready."""
        uid = job["metadata"]["uid"]
        number = len(self.pods[uid])
        name = f"{job['metadata']['name']}-{number}"
        created = f"2026-01-01T10:0{min(number, 9)}:00Z"
        self.pods[uid].append(
            pod_manifest(name=name, owner=uid, created=created, container=container_of(job))
        )
        job["status"] |= {"active": 1, "ready": 1}
        self._changed("job", "MODIFIED", job)

    def end_pod(self, job: Manifest, exit_code: int, message: object = "") -> None:
        """The running attempt ends, and the Job controller draws its conclusions."""
        uid = job["metadata"]["uid"]
        running = self.pods[uid].pop()
        name, created = running["metadata"]["name"], running["metadata"]["creationTimestamp"]
        self.pods[uid].append(
            pod_manifest(
                name=name,
                owner=uid,
                created=created,
                exit_code=exit_code,
                message=message,
                container=container_of(job),
            )
        )
        status = job["status"]
        status |= {"active": 0, "ready": 0}
        if exit_code == 0:
            status["succeeded"] = 1
            self.end_job(job, "Complete", "CompletionsReached")
        else:
            status["failed"] = status.get("failed", 0) + 1
            if exit_code in PERMANENT_CODES:
                self.end_job(job, "Failed", "PodFailurePolicy")
            elif status["failed"] > job["spec"]["backoffLimit"]:
                self.end_job(job, "Failed", "BackoffLimitExceeded")
        self._changed("job", "MODIFIED", job)

    def end_job(self, job: Manifest, end: str, reason: str) -> None:
        """Give a Job its terminal condition."""
        condition = {"type": end, "status": "True", "reason": reason, "message": reason}
        job["status"]["conditions"] = [{**condition, "lastTransitionTime": moment()}]

    def published_by(self, job: Manifest) -> Manifest:
        """What the trainer of this Job says when it has published."""
        template = job["spec"]["template"]["metadata"]
        task = json.loads(template["annotations"][names.TASK_ANNOTATION])
        return {**PUBLISHED, "modelId": task["modelId"], "runKey": task["runKey"]}

    def checked_by(self, job: Manifest, reused: str = "") -> Manifest:
        """What the preflight of this Job says; `reused`: an identical model's id."""
        template = job["spec"]["template"]["metadata"]
        task = json.loads(template["annotations"][names.TASK_ANNOTATION])
        model = {**PUBLISHED, "modelId": reused, "runKey": "other"}
        return {**CHECKED, "runKey": task["runKey"]} | ({"reused": model} if reused else {})
