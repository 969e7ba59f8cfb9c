"""A node that runs no containers: pods start and end as a case's script says.

It looks four times a second, and it sees what no operator may let happen: two pods of one task
that run at the same time.
"""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kubernetes import client
from kubernetes.client import ApiException

from sbert_api import names
from sbert_operator.steps import EVALUATE_LABEL, PREFLIGHT, TRAIN
from tests.unit.operator.builders import CHECKED, PUBLISHED

Json = dict[str, Any]
NODE = "simulated"
PERIOD_SECONDS = 0.25
HEARTBEAT_SECONDS = 10.0


@dataclass(frozen=True)
class Exit:
    """How a container ends."""

    code: int = 0
    message: str | None = None
    """None: what the step says when all is well."""
    reused: str = ""
    """Of a good preflight: the model of an identical run."""


HOLD = Exit(-1)
"""The container goes on until its pod is ended."""
WELL = Exit()


@dataclass
class Script:
    """What the pods of a namespace do: by step and attempt, the last attempt for ever."""

    preflight: list[Exit] = field(default_factory=lambda: [WELL])
    train: list[Exit] = field(default_factory=lambda: [WELL])
    published: list[str] = field(default_factory=list)
    """Models that were published, in their order."""
    starts: list[str] = field(default_factory=list)
    """Steps whose containers were started, in their order."""
    doubled: list[str] = field(default_factory=list)
    """Pods that ran while another one of the task did."""

    def of(self, step: str, attempt: int) -> Exit:
        """How an attempt ends, counted from 0."""
        exits = self.preflight if step == PREFLIGHT.label else self.train
        return exits[min(attempt, len(exits) - 1)]


class Kubelet:
    """The node, as a thread."""

    def __init__(self, api: client.ApiClient) -> None:
        self._core: Any = client.CoreV1Api(api)
        self._scripts: dict[str, Script] = {}
        self._attempts: dict[str, dict[str, int]] = defaultdict(dict)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._beat = 0.0

    def start(self) -> None:
        """Register the node and begin."""
        node = {"metadata": {"name": NODE}, "spec": {}}
        self._core.create_node(node)
        self._heartbeat()
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(timeout=30)

    def play(self, namespace: str, script: Script) -> None:
        """Play the pods of a namespace."""
        self._scripts[namespace] = script

    def forget(self, namespace: str) -> None:
        """Play them no more."""
        self._scripts.pop(namespace, None)

    def evict(self, namespace: str) -> None:
        """End the running pod as the API of evictions does with a node that drains."""
        for pod in self._core.list_namespaced_pod(namespace).items:
            if pod.status.phase == "Running":
                condition = {"type": "DisruptionTarget", "status": "True", "reason": "Evicted"}
                self._patch(pod, {"conditions": [condition], **ended(pod, 30, "")})

    def _run(self) -> None:
        while not self._stop.wait(PERIOD_SECONDS):
            try:
                self._look()
            except ApiException as error:  # the pod is gone meanwhile, or was changed: look again
                if error.status not in (404, 409):
                    raise

    def _look(self) -> None:
        if time.monotonic() - self._beat > HEARTBEAT_SECONDS:
            self._heartbeat()
        running: dict[tuple[str, str], list[str]] = defaultdict(list)
        for pod in self._core.list_pod_for_all_namespaces().items:
            script = self._scripts.get(pod.metadata.namespace)
            if script and pod.spec.node_name == NODE:
                self._play(pod, script)
                if pod.status.phase == "Running":
                    uid = pod.metadata.labels[names.TASK_UID_LABEL]
                    running[pod.metadata.namespace, uid].append(pod.metadata.name)
        for (namespace, _), found in running.items():
            if len(found) > 1:
                self._scripts[namespace].doubled.append(" and ".join(found))

    def _attempt(self, pod: Any) -> int:
        """Which of its Job's pods it is, from 0; counted at its start, for it may end unseen."""
        job = self._attempts[pod.metadata.owner_references[0].uid]
        return job.setdefault(pod.metadata.uid, len(job))

    def _play(self, pod: Any, script: Script) -> None:
        step = pod.metadata.labels[names.STEP_LABEL]
        phase = pod.status.phase
        if pod.metadata.deletion_timestamp:
            if phase == "Running":
                self._patch(pod, ended(pod, 30, ""))
            self._core.delete_namespaced_pod(
                pod.metadata.name, pod.metadata.namespace, grace_period_seconds=0
            )
        elif phase == "Pending":
            script.starts.append(step)
            self._attempt(pod)
            self._patch(pod, started(pod))
        elif phase == "Running":
            how = script.of(step, self._attempt(pod))
            if how is not HOLD:
                self._end(pod, step, how, script)

    def _end(self, pod: Any, step: str, how: Exit, script: Script) -> None:
        message = how.message
        if message is None and how.code == 0:
            said = said_well(pod, step, how)
            if step == TRAIN.label:
                script.published.append(said["modelId"])
            message = json.dumps(said, separators=(",", ":"))
        self._patch(pod, ended(pod, how.code, message or ""))

    def _patch(self, pod: Any, status: Json) -> None:
        self._core.patch_namespaced_pod_status(
            pod.metadata.name, pod.metadata.namespace, {"status": status}
        )

    def _heartbeat(self) -> None:
        self._beat = time.monotonic()
        room = {"cpu": "1000", "memory": "1000Gi", "pods": "1000", "nvidia.com/gpu": "1000"}
        ready = {"type": "Ready", "status": "True", "reason": "Simulated", "message": ""}
        moments = {"lastHeartbeatTime": now(), "lastTransitionTime": now()}
        status = {"capacity": room, "allocatable": room, "conditions": [ready | moments]}
        self._core.patch_node_status(NODE, {"status": status})


def said_well(pod: Any, step: str, how: Exit) -> Json:
    """What the container of a step says when all is well."""
    assert step != EVALUATE_LABEL
    task = json.loads(pod.metadata.annotations[names.TASK_ANNOTATION])
    model = {**PUBLISHED, "modelId": how.reused or task["modelId"], "runKey": task["runKey"]}
    if step == TRAIN.label:
        return model
    checked = {**CHECKED, "runKey": task["runKey"]}
    return checked | ({"reused": {**model, "runKey": "other"}} if how.reused else {})


def started(pod: Any) -> Json:
    """The status of a pod whose container runs."""
    state = {"running": {"startedAt": now()}}
    conditions = [{"type": kind, "status": "True"} for kind in ("Ready", "ContainersReady")]
    return {
        "phase": "Running",
        "conditions": conditions,
        "startTime": now(),
        "containerStatuses": [container_status(pod, state, ready=True)],
    }


def ended(pod: Any, code: int, message: str) -> Json:
    """The status of a pod whose container has ended."""
    reason = "Completed" if code == 0 else "Error"
    moments = {"startedAt": now(), "finishedAt": now()}
    state = {"terminated": {"exitCode": code, "reason": reason, "message": message, **moments}}
    return {
        "phase": "Succeeded" if code == 0 else "Failed",
        "containerStatuses": [container_status(pod, state, ready=False)],
    }


def container_status(pod: Any, state: Json, *, ready: bool) -> Json:
    """The status of the only container."""
    container = pod.spec.containers[0]
    facts = {"image": container.image, "imageID": "", "restartCount": 0, "started": ready}
    return {"name": container.name, "ready": ready, "state": state, **facts}


def now() -> str:
    """The time, in Kubernetes' words."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
