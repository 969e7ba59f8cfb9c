"""The quickstart and what goes wrong with it, on a real node with real images and volumes."""

import time

import pytest

from devcluster.cluster import Json, until
from devcluster.operators import operator_pods
from devcluster.paths import CHECKOUT
from devcluster.realnode.images import OPERATOR, REGISTRY, image_tag, push_image
from devcluster.realnode.node import NODE, NODE_IP
from sbert_api import names
from sbert_operator.steps import PREFLIGHT, TRAIN
from tests.integration.team import Team, percentages
from tests.node.conftest import exec_in, install, wait_until_trained

pytestmark = [pytest.mark.node, pytest.mark.timeout(1200)]

QUICKSTART = (CHECKOUT / "examples" / "quickstart.yaml").read_text()
BASE = "models--sentence-transformers--all-MiniLM-L6-v2"
LONG: Json = {
    "modelTag": BASE,
    "trainDatasetIds": ["handbook"],
    "valDatasetId": "handbook-validation",
    "perDeviceTrainBatchSize": 16,
    "learningRate": 2e-5,
    "epochs": 3,
    "dataloaderNumWorkers": 0,
}
"""About a minute on 2 cores."""
MINUTES = 600.0


@pytest.fixture(scope="module")
def quickstart(team: Team) -> Json:
    """The status of the example when it has ended."""
    team.cluster.apply(QUICKSTART, namespace=team.namespace.name)
    return team.wait("quickstart", "Done", "Failed", seconds=MINUTES)


def test_the_quickstart_is_done(team: Team, quickstart: Json) -> None:
    assert quickstart["phase"] == "Done", quickstart
    after, before = (quickstart["metrics"][which] for which in ("trained", "base"))
    assert after["tripletAccuracy"] > before["tripletAccuracy"]
    steps = {job["metadata"]["labels"][names.STEP_LABEL] for job in team.jobs()}
    assert steps == {PREFLIGHT.label, TRAIN.label}


def test_the_volumes_group_is_the_pods(team: Team, quickstart: Json) -> None:
    weights = team.namespace.models / quickstart["trainedModelId"] / "model.safetensors"
    assert weights.stat().st_gid == 10001
    assert team.namespace.models.stat().st_mode & 0o2070 == 0o2070


def test_a_trainer_can_write_neither_data_nor_its_own_system(team: Team) -> None:
    team.apply("locked", **LONG)
    pod = wait_until_trained(team, "locked", 1)
    for path in ("/data/datasets/x", "/opt/sbert/x", "/x"):
        assert error_of(team, pod, f"open({path!r}, 'w')") == "Read-only file system"
    token = "/var/run/secrets/kubernetes.io/serviceaccount/token"
    assert error_of(team, pod, f"open({token!r})") == "No such file or directory"
    facts = exec_in(team, pod, "print(open('/proc/1/status').read())")
    found = dict(line.split(":\t") for line in facts.splitlines() if ":\t" in line)
    assert (found["NoNewPrivs"], found["Seccomp"]) == ("1", "2")
    assert int(found["CapEff"], 16) == 0
    assert found["Uid"].split() == ["10001"] * 4
    team.delete("locked")


def error_of(team: Team, pod: str, code: str) -> str:
    """What the operating system says when a pod tries this."""
    attempt = f"try: {code}\nexcept OSError as error: print(error.strerror)"
    return exec_in(team, pod, attempt).strip()


def test_a_new_operator_takes_over_a_task_that_trains(team: Team) -> None:
    team.apply("rollout", **LONG)
    pod = wait_until_trained(team, "rollout", 5)
    before = operator_names(team)
    following = f"{image_tag(OPERATOR)}-next"
    push_image(OPERATOR, f"{NODE_IP}:5000", following)
    install(team.cluster, following)
    until(lambda: not before & operator_names(team), "the old operators are gone")
    images = {pod["spec"]["containers"][0]["image"] for pod in operator_pods(team.cluster)}
    assert images == {f"{REGISTRY}/{OPERATOR}:{following}"}
    assert team.running_pod("rollout") == pod
    assert team.wait("rollout", "Done", "Failed", seconds=MINUTES)["phase"] == "Done"
    assert sorted(steps(team, "rollout")) == [PREFLIGHT.label, TRAIN.label]


def operator_names(team: Team) -> set[str]:
    return {pod["metadata"]["name"] for pod in operator_pods(team.cluster)}


def steps(team: Team, name: str) -> list[str]:
    """What the Jobs of a task do."""
    jobs = team.jobs(team.task(name)["metadata"]["uid"])
    return [job["metadata"]["labels"][names.STEP_LABEL] for job in jobs]


def test_a_drained_node_costs_no_retry_and_no_progress(team: Team) -> None:
    team.apply("drained", **LONG, seed=2, backoffLimit=0)
    pod = wait_until_trained(team, "drained", 20)
    selector = f"--pod-selector={names.STEP_LABEL}={TRAIN.label}"
    team.cluster.kubectl("drain", NODE, selector, "--delete-emptydir-data", "--timeout=120s")
    try:
        team.cluster.wait_for(
            "tt",
            "drained",
            team.namespace.name,
            lambda t: t["status"]["reason"] == "Unschedulable",
            60,
        )
    finally:
        team.cluster.kubectl("uncordon", NODE)
    assert wait_until_trained(team, "drained", 20) != pod
    status = team.wait("drained", "Done", "Failed", seconds=MINUTES)
    assert status["phase"] == "Done", status
    assert percentages(team, "drained")[0] >= 20


def test_a_suspended_trainer_saves_its_work_within_its_grace(team: Team) -> None:
    team.apply("paused", **LONG, seed=3)
    pod = wait_until_trained(team, "paused", 20)
    grace = team.cluster.get("pod", pod, team.namespace.name)["spec"][
        "terminationGracePeriodSeconds"
    ]
    team.apply("paused", **LONG, seed=3, suspend=True)
    began = time.monotonic()
    words = ("wait", f"pod/{pod}", "--for=delete", "-n", team.namespace.name, f"--timeout={grace}s")
    team.cluster.kubectl(*words)
    assert time.monotonic() - began < grace
    team.wait("paused", "Suspended")
    team.apply("paused", **LONG, seed=3)
    assert team.wait("paused", "Done", "Failed", seconds=MINUTES)["phase"] == "Done"
    assert percentages(team, "paused")[0] >= 20


def test_too_little_memory_is_named_with_what_to_do(team: Team) -> None:
    small = {"requests": {"memory": "200Mi"}, "limits": {"memory": "200Mi"}}
    team.apply("tight", **LONG, seed=4, resources=small, backoffLimit=0)
    status = team.wait("tight", "Failed", "Done", seconds=MINUTES)
    assert (status["phase"], status["reason"]) == ("Failed", "OutOfMemoryError"), status
    assert "more memory than its limit" in status["failure"]["message"]
    assert "resources.limits.memory" in status["failure"]["hint"]
