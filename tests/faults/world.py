"""A case's namespace, task, Jobs and operator; and what people and the cluster do there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kubernetes import client
from kubernetes.client import ApiException

from sbert_api import names
from sbert_api.reasons import Reason
from sbert_operator.steps import TRAIN
from tests.faults.kubelet import Json, Kubelet, Script
from tests.faults.operators import OperatorProcess

TASK = "faq"
PERIOD_SECONDS = 0.1
SPEC: Json = {
    "modelTag": "base",
    "trainDatasetIds": ["faq"],
    "device": "cpu",
    "backoffLimit": 2,
    "storage": {},
}


class NotConvergedError(Exception):
    """What had to become true did not, in time."""


class JobRefusedError(Exception):
    """The API server said that the Job is invalid, which ends a run for good."""


@dataclass
class World:
    """What a story can do."""

    api: client.ApiClient
    namespace: str
    script: Script
    kubelet: Kubelet
    operator: OperatorProcess
    seconds: float
    """How long anything may take."""

    def __post_init__(self) -> None:
        self._tasks: Any = client.CustomObjectsApi(self.api)
        self._batch: Any = client.BatchV1Api(self.api)
        self.applied = 0

    # People

    def apply(self, **spec: Any) -> None:
        """Create the task."""
        body = {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "metadata": {"name": TASK},
            "spec": {**SPEC, **spec},
        }
        self._tasks.create_namespaced_custom_object(*self._place(), body)
        self.applied += 1

    def edit(self, **spec: Any) -> None:
        """Change fields of the spec."""
        self._patch({"spec": spec})

    def run_again(self) -> None:
        """Ask for another run."""
        self._patch({"metadata": {"annotations": {names.RESTARTED_AT_ANNOTATION: "once"}}})

    def delete(self) -> None:
        """Delete the task, and wait until it is gone."""
        self._tasks.delete_namespaced_custom_object(*self._place(), TASK)
        self.until(lambda: self.task() is None, "the task is gone")

    def delete_job(self) -> None:
        """Delete the Job of the training, and wait until it is gone."""
        for job in self.jobs():
            if job.metadata.labels[names.STEP_LABEL] == TRAIN.label:
                self._batch.delete_namespaced_job(
                    job.metadata.name, self.namespace, propagation_policy="Foreground"
                )
        self.until(lambda: not self.train_jobs(), "the Job is gone")

    def wipe_status(self) -> None:
        """Write an empty status, as a restore from a backup does."""
        body = {"status": dict.fromkeys(self.status())}
        self._tasks.patch_namespaced_custom_object_status(*self._place(), TASK, body)

    # Looking

    def task(self) -> Json | None:
        """The task, if there is one."""
        try:
            found: Json = self._tasks.get_namespaced_custom_object(*self._place(), TASK)
        except ApiException as error:
            if error.status == 404:
                return None
            raise
        return found

    def status(self) -> Json:
        """The task's status."""
        return (self.task() or {}).get("status") or {}

    def jobs(self) -> list[Any]:
        """The namespace's Jobs."""
        found: list[Any] = self._batch.list_namespaced_job(self.namespace).items
        return found

    def own_jobs(self) -> list[Any]:
        """The task's; those of a task before it go when the garbage collector comes by."""
        uid = (self.task() or {}).get("metadata", {}).get("uid")
        return [j for j in self.jobs() if j.metadata.labels[names.TASK_UID_LABEL] == uid]

    def train_jobs(self) -> list[Any]:
        """Those that train."""
        return [j for j in self.jobs() if j.metadata.labels[names.STEP_LABEL] == TRAIN.label]

    # Waiting

    def reaches(self, phase: str, run: int = 1) -> None:
        """Wait for a phase of the task's run of this number, which is about the present spec."""

        def reached() -> bool:
            status = self.status()
            number = 1 + len(status.get("history", []))
            return number == run and status.get("phase") == phase

        self.until(reached, f"run {run} is {phase}")

    def trains(self, attempts: int = 1) -> None:
        """Wait until so many containers of trainings were started."""
        self.until(
            lambda: self.script.starts.count(TRAIN.label) >= attempts,
            f"{attempts} trainings have started",
        )

    def _end_if_refused(self) -> None:
        if self.status().get("reason") == Reason.JOB_REFUSED:
            raise JobRefusedError

    def until(self, true: Callable[[], object], what: str) -> None:
        """Wait. Raises NotConvergedError, JobRefusedError.

        A refusal ends the story, also where its next step waits for a failure: a story that went on
        would see the old reason until the operator has answered.
        """
        deadline = time.monotonic() + self.seconds
        while True:
            self._end_if_refused()
            if true():
                return
            if time.monotonic() > deadline:
                raise NotConvergedError(f"not within {self.seconds:g} s: {what}; {self.summary()}")
            self.operator.keep_alive()
            time.sleep(PERIOD_SECONDS)

    def summary(self) -> str:
        """What is there, in a line."""
        status = self.status()
        jobs = [f"{j.metadata.name} {j.status.conditions or 'at work'}" for j in self.jobs()]
        return f"phase {status.get('phase')}, {status.get('message')!r}, Jobs {jobs}"

    def _patch(self, body: Json) -> None:
        self._tasks.patch_namespaced_custom_object(*self._place(), TASK, body)

    def _place(self) -> tuple[str, str, str, str]:
        return names.GROUP, names.VERSION, self.namespace, names.PLURAL
