"""The operator's replicas on a dev cluster: which one leads, and what each of them wrote.

For tests and benchmarks. It must never wait without a deadline.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from .cluster import OPERATOR_NAMESPACE, Cluster, Json, until
from .processnode.run import all_runs

if TYPE_CHECKING:
    import signal
    from collections.abc import Iterator

    from .processnode.run import Run

NAME = "sbert-operator"
"""Of the Deployment, of its Lease, and of its ServiceAccount."""
PODS = f"app.kubernetes.io/instance={NAME}"
USER = f"system:serviceaccount:{OPERATOR_NAMESPACE}:{NAME}"
POD_NAME = "authentication.kubernetes.io/pod-name"
WRITES = {"create", "update", "patch", "delete"}
HANDOVER_SECONDS = 60.0
"""Far more than the lease's duration: this machine may be busy."""


@dataclass(frozen=True)
class Write:
    """A write that the API server carried out, or refused."""

    pod: str
    resource: str
    name: str
    began: datetime
    ended: datetime


def operator_pods(cluster: Cluster) -> list[Json]:
    """Return all pods of the operator."""
    return cluster.pods(OPERATOR_NAMESPACE, PODS)


def leader(cluster: Cluster, but: str = "") -> str:
    """Return the identity that leads, as soon as there is one that is not `but`."""

    def holder() -> str:
        lease = cluster.get("lease", NAME, OPERATOR_NAMESPACE)
        found = str(lease["spec"].get("holderIdentity") or "")
        return "" if found == but else found

    return until(holder, "somebody leads", HANDOVER_SECONDS)


def pod_of(identity: str) -> str:
    """Return the pod in which a leader runs: a container that was started again is another one."""
    return identity.rpartition("_")[0]


def operator_run(cluster: Cluster, pod: str) -> Run:
    """Return the run of the operator's container that was started last."""
    uid = cluster.get("pod", pod, OPERATOR_NAMESPACE)["metadata"]["uid"]
    return all_runs(cluster.agent.pod_folder(uid) / "operator")[-1]


def signal_operator(cluster: Cluster, pod: str, number: signal.Signals) -> None:
    """Signal the operator's process in a pod."""
    cluster.signal_pod(OPERATOR_NAMESPACE, pod, "operator", number)


def restarts(cluster: Cluster, pod: str) -> int:
    """Return how often the operator's container in a pod was started again."""
    found = cluster.get("pod", pod, OPERATOR_NAMESPACE)["status"]["containerStatuses"][0]
    return int(found["restartCount"])


def wait_until_ready(cluster: Cluster) -> None:
    """Wait until all pods of the operator are there and ready, and none is left of before."""
    rollout = ("rollout", "status", f"deployment/{NAME}", "-n", OPERATOR_NAMESPACE)
    cluster.kubectl(*rollout, "--timeout=120s")


@contextmanager
def operator_away(cluster: Cluster) -> Iterator[None]:
    """Let no operator run in the block; as many as before are ready again after it."""
    deployment = cluster.get("deployment", NAME, OPERATOR_NAMESPACE)
    scale = ("scale", "deployment", NAME, "-n", OPERATOR_NAMESPACE)
    cluster.kubectl(*scale, "--replicas=0")
    until(lambda: not operator_pods(cluster), "the operator is away")
    try:
        yield
    finally:
        cluster.kubectl(*scale, f"--replicas={deployment['spec']['replicas']}")
        wait_until_ready(cluster)


def requests(cluster: Cluster) -> list[Json]:
    """Return all requests of the operators so far, from the API server's audit log."""
    entries = map(json.loads, cluster.plane.audit_log.read_text().splitlines())
    return [e for e in entries if e["user"].get("username") == USER and "objectRef" in e]


def writes(cluster: Cluster, since: datetime) -> list[Write]:
    """Return their writes that began after `since`, in the order in which they began."""
    found = [
        Write(
            pod=entry["user"]["extra"][POD_NAME][0],
            resource=entry["objectRef"]["resource"],
            name=entry["objectRef"].get("name", ""),
            began=datetime.fromisoformat(entry["requestReceivedTimestamp"]),
            ended=datetime.fromisoformat(entry["stageTimestamp"]),
        )
        for entry in requests(cluster)
        if entry["verb"] in WRITES
    ]
    return sorted((write for write in found if write.began > since), key=lambda w: w.began)
