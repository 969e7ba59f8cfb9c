"""What a kubelet writes to a pod's status: a pure function of what its containers are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .api import Json
    from .run import Run

MESSAGE_BYTES = 4096
LOG_BYTES = 2048
LOG_LINES = 80


@dataclass
class ContainerState:
    """A container as the node sees it. Between two runs `waiting` wins over `run`."""

    spec: Json
    run: Run | None = None
    waiting: tuple[str, str] | None = None
    restarts: int = 0
    ready: bool = False
    out_of_memory: bool = False
    init: bool = False

    @property
    def exit_code(self) -> int | None:
        """The last run's exit code, None while there is none."""
        return self.run.exit_code if self.run and not self.waiting else None


def rfc3339(seconds: float) -> str:
    """Return seconds of the epoch in the API's notation."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pod_status(
    pod: Json, containers: list[ContainerState], phase: str, ip: str, now: float
) -> Json:
    """Return the status of a pod in `phase`; the transition times of `pod`'s conditions stay."""
    uid = pod["metadata"]["uid"]
    conditions = _wanted_conditions(containers, phase)
    status: Json = {
        "phase": phase,
        "hostIP": "127.0.0.1",
        "podIP": ip,
        "podIPs": [{"ip": ip}],
        "startTime": pod.get("status", {}).get("startTime") or rfc3339(now),
        "conditions": [_condition(pod, *wanted, now) for wanted in conditions],
        "containerStatuses": [container_status(c, uid) for c in containers if not c.init],
    }
    if inits := [container_status(c, uid) for c in containers if c.init]:
        status["initContainerStatuses"] = inits
    return status


def _wanted_conditions(
    containers: list[ContainerState], phase: str
) -> list[tuple[str, bool, str | None]]:
    initialized = phase == "Succeeded" or all(c.exit_code == 0 for c in containers if c.init)
    ready = phase == "Running" and all(c.ready for c in containers if not c.init)
    reason = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}.get(phase, "ContainersNotReady")
    why = None if ready else reason
    return [
        ("PodReadyToStartContainers", phase == "Running", None),
        ("Initialized", initialized, None),
        ("ContainersReady", ready, why),
        ("Ready", ready, why),
        ("PodScheduled", True, None),
    ]


def _condition(pod: Json, kind: str, good: bool, reason: str | None, now: float) -> Json:
    """Return the condition; its transition time moves only when it changes."""
    value = "True" if good else "False"
    since = rfc3339(now)
    for old in pod.get("status", {}).get("conditions", []):
        if old["type"] == kind and old["status"] == value:
            since = old["lastTransitionTime"]
    return {"type": kind, "status": value, "reason": reason, "lastTransitionTime": since}


def container_status(container: ContainerState, uid: str) -> Json:
    """Return one entry of containerStatuses; `uid` is the pod's."""
    name, image, run = container.spec["name"], container.spec["image"], container.run
    code = container.exit_code
    status: Json = {
        "name": name,
        "image": image,
        "imageID": f"process://{image}",
        "restartCount": container.restarts,
        "ready": container.ready or (container.init and code == 0),
        "started": run is not None and code is None,
        "lastState": {},
        "state": _state(container),
    }
    if run:
        status["containerID"] = f"process://{uid}/{name}/{run.folder.name}"
        if container.waiting:
            status["lastState"] = {"terminated": terminated(container, run)}
    return status


def _state(container: ContainerState) -> Json:
    run = container.run
    if container.waiting:
        reason, message = container.waiting
        return {"waiting": {"reason": reason, "message": message}}
    if run is None:
        return {"waiting": {"reason": "ContainerCreating" if container.init else "PodInitializing"}}
    if container.exit_code is None:
        return {"running": {"startedAt": rfc3339(run.started_at)}}
    return {"terminated": terminated(container, run)}


def terminated(container: ContainerState, run: Run) -> Json:
    """Return the state of a container whose `run` has ended."""
    code = run.exit_code or 0
    message: str | None = termination_message(container, run) or None
    if run.refused:
        code, reason = 128, "StartError"
    elif run.lost:
        reason = "ContainerStatusUnknown"
        message = "The container could not be located when the pod was terminated"
    elif container.out_of_memory:
        reason = "OOMKilled"
    else:
        reason = "Error" if code else "Completed"
    return {
        "exitCode": code,
        "reason": reason,
        "message": message,
        "startedAt": rfc3339(run.started_at),
        "finishedAt": rfc3339(run.finished_at),
    }


def termination_message(container: ContainerState, run: Run) -> str:
    """Return the first 4,096 bytes of the termination message's file.

    With FallbackToLogsOnError, an empty file and a bad exit it is the log's last 80 lines, at most
    2,048 bytes.
    """
    text = (run.folder / "termination").read_bytes()[:MESSAGE_BYTES].decode(errors="replace")
    policy = container.spec.get("terminationMessagePolicy")
    if text or not run.exit_code or policy != "FallbackToLogsOnError":
        return text
    log = (run.folder / "log").read_bytes()[-LOG_BYTES:].decode(errors="replace")
    return "".join(log.splitlines(keepends=True)[-LOG_LINES:])
