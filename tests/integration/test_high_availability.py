"""Two operators, of which one leads: whatever happens to it, the other one takes over, and never do
both of them write. Who wrote what when is told by the API server's audit log.
"""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.request import urlopen

import pytest

from devcluster.cluster import OPERATOR_NAMESPACE, Cluster, Json, until
from devcluster.operators import (
    NAME,
    Write,
    leader,
    operator_pods,
    pod_of,
    requests,
    restarts,
    signal_operator,
    wait_until_ready,
    writes,
)
from tests.integration.team import NOWHERE, Team

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),  # the first test pays for the cluster's start and helm
]


@pytest.fixture
def leading(team: Team) -> Iterator[str]:
    """Who leads, with another one ready to take over; so it is again after the test."""
    wait_until_ready(team.cluster)
    yield leader(team.cluster)
    wait_until_ready(team.cluster)


def is_leader(pod: Json) -> bool:
    with urlopen(f"http://{pod['status']['podIP']}:8080/metrics", timeout=10) as answer:
        (line,) = [x for x in answer.read().decode().splitlines() if x.startswith(METRIC)]
    return bool(float(line.removeprefix(METRIC)))


METRIC = "sbert_operator_leader "


def test_two_are_ready_and_one_of_them_leads(team: Team, leading: str) -> None:
    pods = operator_pods(team.cluster)
    assert {pod["metadata"]["name"]: is_leader(pod) for pod in pods} == {
        pod["metadata"]["name"]: pod["metadata"]["name"] == pod_of(leading) for pod in pods
    }
    assert len(pods) == 2


def wait_queued(team: Team, name: str) -> None:
    team.apply(name, **NOWHERE)
    team.wait(name, "Queued")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_another_process_goes_on_when_the_leader_ends(
    team: Team, leading: str, number: signal.Signals
) -> None:
    wait_queued(team, "before")
    moment = datetime.now(UTC)
    signal_operator(team.cluster, pod_of(leading), number)
    wait_queued(team, "after")
    new = leader(team.cluster, but=leading)
    took, *new_writes = assert_one_after_the_other(team.cluster, moment, new)
    print(f"{number.name}: lease after {took.ended - moment}")
    print(f"{number.name}: first write of the new leader after {new_writes[0].began - moment}")


def assert_one_after_the_other(cluster: Cluster, since: datetime, new: str) -> list[Write]:
    """Nobody else writes any more when `new` takes the lease. What it wrote, the lease first."""
    found = writes(cluster, since)
    takes = [w.resource == "leases" and w.pod == pod_of(new) for w in found].index(True)
    assert all(write.ended <= found[takes].began for write in found[:takes])
    assert {write.pod for write in found[takes:]} == {pod_of(new)}
    return found[takes:]


def test_a_leader_that_ends_has_written_its_last_before_it_gives_the_lease_up(
    team: Team, leading: str
) -> None:
    moment = datetime.now(UTC)
    stop_at_work(team, pod_of(leading))
    signal_operator(team.cluster, pod_of(leading), signal.SIGTERM)
    signal_operator(team.cluster, pod_of(leading), signal.SIGCONT)
    until(lambda: all_queued(team), "the new leader has done the rest", 60)
    new = leader(team.cluster, but=leading)
    took, *_ = assert_one_after_the_other(team.cluster, moment, new)
    *before, gave_up = [w for w in writes(team.cluster, moment) if w.began < took.began]
    assert gave_up.resource == "leases"
    assert all(write.ended <= gave_up.began for write in before)
    assert len(team.jobs()) == MANY


def test_a_leader_that_stood_still_past_its_lease_writes_nothing_more(
    team: Team, leading: str
) -> None:
    old = pod_of(leading)
    before = restarts(team.cluster, old)
    stop_at_work(team, old)
    moment = datetime.now(UTC)
    try:
        new = leader(team.cluster, but=leading)
        until(lambda: all_queued(team), "the new leader has done the work", 60)
    finally:
        signal_operator(team.cluster, old, signal.SIGCONT)
    until(lambda: restarts(team.cluster, old) > before, "the old leader has ended", 60)
    wait_queued(team, "later")
    assert_one_after_the_other(team.cluster, moment, new)
    assert len(team.jobs()) == MANY + 1
    said = team.cluster.kubectl("logs", "--previous", old, "-n", OPERATOR_NAMESPACE)
    assert said.endswith(f"\nsbert-operator: the lease {NAME} was lost: starting anew\n")
    assert "Traceback" not in said


MANY = 100
"""As many tasks take an operator a second."""


def stop_at_work(team: Team, pod: str) -> None:
    """Stop an operator in the middle of passes, whose answers will wait for it."""
    signal_operator(team.cluster, pod, signal.SIGSTOP)
    team.apply(*(f"faq-{number}" for number in range(MANY)), **NOWHERE)
    moment = datetime.now(UTC)
    signal_operator(team.cluster, pod, signal.SIGCONT)
    until(lambda: is_at_work(team.cluster, moment), "it works")
    signal_operator(team.cluster, pod, signal.SIGSTOP)


def is_at_work(cluster: Cluster, since: datetime) -> bool:
    return any(write.resource == "jobs" for write in writes(cluster, since))


def all_queued(team: Team) -> bool:
    tasks = team.cluster.objects("trainingtasks", team.namespace.name)
    return all(task.get("status", {}).get("phase") == "Queued" for task in tasks)


def test_a_rollout_changes_nothing_for_a_task_that_trains(team: Team, leading: str) -> None:
    team.apply("faq", epochs=1000)
    team.wait("faq", "Running")
    pod, job = team.running_pod("faq"), team.job("faq")["metadata"]["uid"]
    restart = ("rollout", "restart", f"deployment/{NAME}", "-n", OPERATOR_NAMESPACE)
    team.cluster.kubectl(*restart)
    wait_until_ready(team.cluster)
    assert leader(team.cluster) != leading
    wait_queued(team, "after")
    status = team.status("faq")
    assert (status["phase"], status["run"]["attempt"]) == ("Running", 1)
    assert team.running_pod("faq") == pod
    assert team.job("faq")["metadata"]["uid"] == job
    team.delete("faq")


def test_the_rights_on_the_lease_were_all_used_and_all_that_was_needed(
    team: Team, leading: str
) -> None:
    mine = [e for e in requests(team.cluster) if e["objectRef"]["resource"] == "leases"]
    assert {entry["verb"] for entry in mine} == {"create", "get", "update"}
    assert {(e["objectRef"]["namespace"], e["objectRef"].get("name", NAME)) for e in mine} == {
        (OPERATOR_NAMESPACE, NAME)
    }
    assert [entry for entry in mine if entry["responseStatus"]["code"] in (401, 403)] == []
