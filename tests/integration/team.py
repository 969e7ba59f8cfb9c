"""What a team does in its namespace: applies tasks, looks at them and at what came of them."""

import json
from dataclasses import dataclass
from typing import Any

from devcluster.cluster import Cluster, Json, Namespace, until
from sbert_api import names
from sbert_api.result import parse_progress_line
from sbert_operator.steps import TRAIN

LONG_SECONDS = 90.0
"""A trainer takes seconds to load torch, more of them beside others."""
SPEC: Json = {
    "modelTag": "base",
    "trainDatasetIds": ["faq"],
    "device": "cpu",
    "perDeviceTrainBatchSize": 4,
    "learningRate": 0.001,
}
NOWHERE: Json = {"nodeSelector": {"no-such": "node"}, "preflight": False}
"""For tasks that shall wait: no node has this label, and nothing is checked before."""


@dataclass(frozen=True)
class Team:
    """A namespace with volumes, a tiny model `base` and a dataset `faq`."""

    cluster: Cluster
    namespace: Namespace

    def apply(self, *tasks: str, **spec: Any) -> None:
        """Apply tasks with SPEC and these fields."""
        self.cluster.apply(*(self.manifest(name, spec) for name in tasks))

    def evaluate(self, name: str, **spec: Any) -> None:
        """Apply an EvaluationTask with these fields, for a CPU."""
        self.cluster.apply(self.evaluation(name, **spec))

    def evaluation(self, name: str, **spec: Any) -> Json:
        """The manifest of an EvaluationTask with these fields, for a CPU."""
        manifest = {**self.manifest(name, {}), "kind": names.EVALUATION_KIND}
        return {**manifest, "spec": {"device": "cpu", **spec}}

    def manifest(self, name: str, spec: Json) -> Json:
        """The manifest of a TrainingTask with SPEC and these fields."""
        return {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "metadata": {"name": name, "namespace": self.namespace.name},
            "spec": {**SPEC, **spec},
        }

    def task(self, name: str) -> Json:
        """The task as it is now."""
        return self.cluster.get("trainingtask", name, self.namespace.name)

    def status(self, name: str) -> Json:
        """The task's status as it is now."""
        found: Json = self.task(name).get("status", {})
        return found

    def wait(self, name: str, *phases: str, seconds: float = LONG_SECONDS) -> Json:
        """The task's status as soon as it is in one of these phases."""

        def reached(task: Json) -> bool:
            return task.get("status", {}).get("phase") in phases

        found = self.cluster.wait_for(
            "trainingtask", name, self.namespace.name, reached, seconds=seconds
        )
        status: Json = found["status"]
        return status

    def delete(self, name: str) -> None:
        """Delete a task."""
        self.cluster.kubectl("delete", "trainingtask", name, "-n", self.namespace.name)

    def jobs(self, uid: str = "") -> list[Json]:
        """The namespace's Jobs, or those of the task with this uid."""
        selector = f"{names.TASK_UID_LABEL}={uid}" if uid else ""
        return self.cluster.objects("jobs", self.namespace.name, selector)

    def job(self, name: str, step: str = TRAIN.label) -> Json:
        """The one Job of a task's step, as soon as it is there."""
        selector = f"{self._selector(name)},{names.STEP_LABEL}={step}"
        (job,) = until(
            lambda: self.cluster.objects("jobs", self.namespace.name, selector),
            f"the Job {step} of task {name}",
        )
        return job

    def _selector(self, name: str) -> str:
        return f"{names.TASK_UID_LABEL}={self.task(name)['metadata']['uid']}"

    def running_pod(self, name: str) -> str:
        """The name of the pod that trains a task now."""
        selector = f"{self._selector(name)},{names.STEP_LABEL}={TRAIN.label}"

        def running() -> str | None:
            pods = self.cluster.pods(self.namespace.name, selector)
            return next(
                (p["metadata"]["name"] for p in pods if p["status"].get("phase") == "Running"), None
            )

        return until(running, f"a running pod of task {name}")

    def allow_pods(self, count: int) -> None:
        """Set a quota of so many pods."""
        spec = {"hard": {"pods": str(count)}}
        metadata = {"name": "few", "namespace": self.namespace.name}
        self.cluster.apply(
            {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": spec}
        )
        self.cluster.wait_for(
            "quota",
            "few",
            self.namespace.name,
            lambda q: q.get("status", {}).get("hard") == spec["hard"],
        )

    def audit(self) -> list[Json]:
        """The audit log: requests about objects in this namespace or of the whole cluster."""
        lines = self.cluster.plane.audit_log.read_text().splitlines()
        places = (self.namespace.name, None)
        entries = (json.loads(line) for line in lines)
        return [
            entry
            for entry in entries
            if "objectRef" in entry and entry["objectRef"].get("namespace") in places
        ]

    def wait_until_gone(self, uid: str) -> None:
        """Wait until no Job of a deleted task is left."""
        until(lambda: not self.jobs(uid), f"no Job of task {uid} is left")


def percentages(team: Team, name: str) -> list[int]:
    """The progress of a task's latest training pod, by its log."""
    job = team.status(name)["run"]["jobName"]
    pods = team.cluster.pods(team.namespace.name, f"job-name={job}")
    latest = max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    log = team.cluster.kubectl("logs", latest["metadata"]["name"], "-n", team.namespace.name)
    said = map(parse_progress_line, log.splitlines())
    return [progress.percentage for progress in said if progress]
