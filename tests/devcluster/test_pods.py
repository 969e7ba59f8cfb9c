"""Single pods: how they wait, start, end, and are ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from devcluster.cluster import Cluster, Namespace, until
from tests.devcluster.builders import (
    MODELS,
    MODELS_MOUNT,
    UNTIL_TERM,
    Json,
    a_container,
    a_pod,
    has_printed,
    phase,
    terminated,
    waiting_reason,
)
from tests.namespaces import temporary_namespace

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.cluster

SLEEP = "import time; time.sleep(60)"
GREEDY = "import time; x = b'x' * 200_000_000; time.sleep(60)"
POLITE = f"{UNTIL_TERM}time.sleep(60)"
RUDE = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up'); time.sleep(60)"
LATER = [{"name": "v", "configMap": {"name": "later"}}]
DEAD_PORT = {"httpGet": {"path": "/", "port": 9}, "periodSeconds": 1, "failureThreshold": 2}


def _note(word: str) -> Json:
    code = f"open('/models/order', 'a').write('{word} ')"
    return a_container(code, name=word, **MODELS_MOUNT)


PODS = [
    a_pod("late", SLEEP, activeDeadlineSeconds=2, terminationGracePeriodSeconds=1),
    a_pod("unknown", "", {"image": "nobody/knows:1"}),
    a_pod("greedy", GREEDY, {"resources": {"limits": {"memory": "100Mi"}}}),
    a_pod("waiting", "print(1)", volumes=LATER),
    a_pod("nocommand", "", {"command": ["/no/such"]}),
    a_pod("unwell", SLEEP, {"livenessProbe": DEAD_PORT}, restartPolicy="Always"),
    a_pod("ordered", "", _note("main"), initContainers=[_note("first"), _note("then")], **MODELS),
    a_pod("unready", "", initContainers=[a_container("raise SystemExit(3)", name="init")]),
]


@pytest.fixture(scope="module")
def space(cluster: Cluster) -> Iterator[Namespace]:
    """Yield a namespace in which all PODS have been applied."""
    with temporary_namespace(cluster) as made:
        cluster.apply(*PODS, namespace=made.name)
        yield made


def test_init_containers_run_in_turn_before_the_others(cluster: Cluster, space: Namespace) -> None:
    cluster.wait_for("pod", "ordered", space.name, lambda p: phase(p) == "Succeeded")
    assert (space.models / "order").read_text() == "first then main "


def test_failed_init_container_fails_the_pod(cluster: Cluster, space: Namespace) -> None:
    pod = cluster.wait_for("pod", "unready", space.name, lambda p: phase(p) == "Failed")
    (init,) = pod["status"]["initContainerStatuses"]
    assert init["state"]["terminated"]["exitCode"] == 3
    assert waiting_reason(pod) == "PodInitializing"


def test_pod_over_its_deadline_is_ended(cluster: Cluster, space: Namespace) -> None:
    pod = cluster.wait_for("pod", "late", space.name, lambda p: phase(p) == "Failed")
    assert pod["status"]["reason"] == "DeadlineExceeded"
    assert terminated(pod)["exitCode"] == 137


def test_image_that_nothing_stands_for_is_not_pulled(cluster: Cluster, space: Namespace) -> None:
    pod = cluster.wait_for(
        "pod", "unknown", space.name, lambda p: waiting_reason(p) == "ImagePullBackOff"
    )
    assert phase(pod) == "Pending"


def test_container_over_its_memory_limit_is_oom_killed(cluster: Cluster, space: Namespace) -> None:
    pod = cluster.wait_for("pod", "greedy", space.name, terminated)
    assert terminated(pod)["reason"] == "OOMKilled"
    assert terminated(pod)["exitCode"] == 137


def test_command_that_does_not_exist_is_a_start_error(cluster: Cluster, space: Namespace) -> None:
    pod = cluster.wait_for("pod", "nocommand", space.name, terminated)
    assert terminated(pod)["reason"] == "StartError"


def test_pod_waits_for_a_volume_that_appears_later(cluster: Cluster, space: Namespace) -> None:
    cluster.wait_for(
        "pod", "waiting", space.name, lambda p: waiting_reason(p) == "ContainerCreating"
    )
    later = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "later"}}
    cluster.apply(later, namespace=space.name)
    cluster.wait_for("pod", "waiting", space.name, lambda p: phase(p) == "Succeeded")


def test_failing_liveness_probe_restarts_the_container(cluster: Cluster, space: Namespace) -> None:
    cluster.wait_for(
        "pod",
        "unwell",
        space.name,
        lambda p: p["status"]["containerStatuses"][0]["restartCount"] > 0,
    )


def end_of_deleted(cluster: Cluster, namespace: str, code: str, grace: int) -> tuple[int, float]:
    """Delete a pod that runs; return its exit code, and how many whole seconds it ran on.

    A finalizer keeps the object, so that one can still look at it.
    """
    pod = a_pod("deleted", code, terminationGracePeriodSeconds=grace)
    pod["metadata"]["finalizers"] = ["example.org/look-at-it"]
    cluster.apply(pod, namespace=namespace)
    until(lambda: has_printed(cluster, namespace, "deleted", "up"), "the pod is up")
    asked = datetime.now(UTC).replace(microsecond=0)  # Kubernetes' times are whole seconds
    cluster.kubectl("delete", "pod", "deleted", "-n", namespace, "--wait=false")
    pod = cluster.wait_for("pod", "deleted", namespace, terminated)
    keep_none = '{"metadata": {"finalizers": null}}'
    cluster.kubectl("patch", "pod", "deleted", "-n", namespace, "--type=merge", "-p", keep_none)
    ran_on = datetime.fromisoformat(terminated(pod)["finishedAt"]) - asked
    return int(terminated(pod)["exitCode"]), ran_on.total_seconds()


def test_deleted_pod_that_obeys_sigterm_ends_before_its_grace_period_is_over(
    cluster: Cluster, namespace: Namespace
) -> None:
    code, seconds = end_of_deleted(cluster, namespace.name, POLITE, grace=60)
    assert code == 33
    assert seconds < 60


def test_deleted_pod_that_ignores_sigterm_is_killed_after_its_grace_period(
    cluster: Cluster, namespace: Namespace
) -> None:
    code, seconds = end_of_deleted(cluster, namespace.name, RUDE, grace=3)
    assert code == 137
    assert seconds >= 3


def test_killed_process_is_a_failed_container(cluster: Cluster, namespace: Namespace) -> None:
    cluster.apply(a_pod("victim", POLITE), namespace=namespace.name)
    until(lambda: has_printed(cluster, namespace.name, "victim", "up"), "the pod is up")
    cluster.signal_pod(namespace.name, "victim", "c")
    pod = cluster.wait_for("pod", "victim", namespace.name, terminated)
    assert terminated(pod)["exitCode"] == 137
    assert terminated(pod)["reason"] == "Error"
