"""Jobs on the process node end as Kubernetes says they do.

All are applied at once and watched one by one: two of them wait 10 s for the Job controller's
second pod.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from devcluster.cluster import Cluster, Namespace, until
from tests.devcluster.builders import (
    MODELS,
    MODELS_MOUNT,
    UNTIL_TERM,
    Json,
    a_job,
    a_pod_spec,
    has_printed,
    job_end,
    phase,
    pods_of,
    terminated,
)
from tests.namespaces import temporary_namespace

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.cluster

SECOND_TIME = "import os\nif os.path.exists('/models/%s'): raise SystemExit(0)\n"
RETRY = SECOND_TIME % "retried" + "open('/models/retried', 'w')\nraise SystemExit(33)"
EVICTED = SECOND_TIME % "evicted" + UNTIL_TERM + "time.sleep(60)"
BAD_INPUT = "import sys; print('bad input'); sys.exit(15)"
ONE_GPU = {"resources": {"limits": {"nvidia.com/gpu": "1"}}}


def _rule(action: str, **when: object) -> Json:
    return {"podFailurePolicy": {"rules": [{"action": action, **when}]}}


FAIL_15 = _rule("FailJob", onExitCodes={"operator": "In", "values": [15]})
IGNORE = _rule("Ignore", onPodConditions=[{"type": "DisruptionTarget", "status": "True"}])
JOBS = [
    a_job("retry", a_pod_spec(RETRY, MODELS_MOUNT, **MODELS), backoffLimit=2),
    a_job("evicted", a_pod_spec(EVICTED, MODELS_MOUNT, **MODELS), backoffLimit=0, **IGNORE),
    a_job(
        "permanent",
        a_pod_spec(BAD_INPUT, {"terminationMessagePolicy": "FallbackToLogsOnError"}),
        backoffLimit=5,
        **FAIL_15,
    ),
    a_job("suspended", a_pod_spec("print(1)"), suspend=True),
    a_job("pausing", a_pod_spec(f"{UNTIL_TERM}time.sleep(2); print('done')")),
]


@pytest.fixture(scope="module")
def space(cluster: Cluster) -> Iterator[Namespace]:
    """Yield a namespace in which all JOBS have been applied."""
    with temporary_namespace(cluster) as made:
        cluster.apply(*JOBS, namespace=made.name)
        yield made


def wait_for_end(cluster: Cluster, space: Namespace, job: str, end: str) -> None:
    cluster.wait_for("job", job, space.name, lambda found: job_end(found).startswith(end), 60)


def test_evicted_pod_is_a_disruption_and_the_job_goes_on(
    cluster: Cluster, space: Namespace
) -> None:
    until(lambda: has_printed(cluster, space.name, "job/evicted", "up"), "the pod is up")
    (pod,) = pods_of(cluster, space.name, "evicted")
    name = pod["metadata"]["name"]
    hold = '{"metadata":{"finalizers":["tests/hold"]}}'  # so that its last status can be read
    cluster.kubectl("patch", "pod", name, "-n", space.name, "-p", hold)
    (space.models / "evicted").touch()
    evict(cluster, space, name)
    held = cluster.wait_for("pod", name, space.name, lambda p: phase(p) == "Failed")
    reasons = {c["type"]: c.get("reason") for c in held["status"]["conditions"]}
    assert reasons["DisruptionTarget"] == "EvictionByEvictionAPI"
    assert terminated(held)["exitCode"] == 33
    let_go = '[{"op":"remove","path":"/metadata/finalizers/0"}]'
    cluster.kubectl("patch", "pod", name, "-n", space.name, "--type=json", "-p", let_go)


def evict(cluster: Cluster, space: Namespace, pod: str) -> None:
    meta = {"name": pod, "namespace": space.name}
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": meta}
    path = f"/api/v1/namespaces/{space.name}/pods/{pod}/eviction"
    cluster.kubectl("create", "--raw", path, "-f", "-", stdin=json.dumps(body))


def test_exit_code_of_the_policy_ends_the_job_with_the_log_as_message(
    cluster: Cluster, space: Namespace
) -> None:
    wait_for_end(cluster, space, "permanent", "Failed:PodFailurePolicy")
    (pod,) = pods_of(cluster, space.name, "permanent")
    assert terminated(pod)["exitCode"] == 15
    assert terminated(pod)["message"] == "bad input\n"


def test_running_job_is_suspended_and_resumed(cluster: Cluster, space: Namespace) -> None:
    until(lambda: has_printed(cluster, space.name, "job/pausing", "up"), "the pod is up")
    _suspend(cluster, space, "pausing", value=True)
    until(lambda: not pods_of(cluster, space.name, "pausing"), "its pod is gone")
    _suspend(cluster, space, "pausing", value=False)
    wait_for_end(cluster, space, "pausing", "Complete")


def test_suspended_job_has_no_pod_until_it_is_resumed(cluster: Cluster, space: Namespace) -> None:
    assert pods_of(cluster, space.name, "suspended") == []
    _suspend(cluster, space, "suspended", value=False)
    wait_for_end(cluster, space, "suspended", "Complete")


def _suspend(cluster: Cluster, space: Namespace, job: str, *, value: bool) -> None:
    cluster.kubectl(
        "patch", "job", job, "-n", space.name, "-p", json.dumps({"spec": {"suspend": value}})
    )


def test_gpus_are_counted_by_the_scheduler(cluster: Cluster, space: Namespace) -> None:
    names = [f"gpu-{i}" for i in range(3)]
    pod = a_pod_spec("import time; time.sleep(1.5)", ONE_GPU)
    cluster.apply(*(a_job(name, pod) for name in names), namespace=space.name)
    for name in names:
        wait_for_end(cluster, space, name, "Complete")
    pods = [pod for name in names for pod in pods_of(cluster, space.name, name)]
    began = sorted(terminated(pod)["startedAt"] for pod in pods)
    ended = sorted(terminated(pod)["finishedAt"] for pod in pods)
    assert began[2] >= ended[0]  # two GPUs: the third pod waits for one of the others


def test_failed_pod_is_retried(cluster: Cluster, space: Namespace) -> None:
    wait_for_end(cluster, space, "retry", "Complete")
    pods = pods_of(cluster, space.name, "retry")
    assert sorted(terminated(pod)["exitCode"] for pod in pods) == [0, 33]


def test_evicted_job_completes_although_it_may_not_fail_once(
    cluster: Cluster, space: Namespace
) -> None:
    wait_for_end(cluster, space, "evicted", "Complete")
