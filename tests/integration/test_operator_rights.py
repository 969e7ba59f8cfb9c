"""The operator's rights by the API server's audit log: it uses each, and needs no other."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from devcluster.cluster import OPERATOR_NAMESPACE, Json
from tests.integration.team import Team
from tests.unit.chart.test_rights import RIGHTS

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),  # the first test pays for the cluster's start and helm
]

OPERATOR = f"system:serviceaccount:{OPERATOR_NAMESPACE}:sbert-operator"
GRANTED = {(verb, resource) for (_, resource), verbs in RIGHTS.items() for verb in verbs}
AFTER_TROUBLE_ONLY = {("get", "evaluationtasks"), ("get", "jobs")}
"""Rights for a write that met another writer's; test_operator_faults.py has such."""


@dataclass(frozen=True)
class Asked:
    """What the operator asked of the API server."""

    before: list[Json]
    """Before it had this work: since its start, also of an API server that had just started."""
    since: list[Json]


@pytest.fixture(scope="module")
def asked(new_team: Callable[[], Team]) -> Asked:
    """Its requests, in a namespace where it had all kinds of work."""
    team, moment = new_team(), datetime.now(UTC)
    team.apply("changed", epochs=1000)
    team.cluster.wait_for("trainingtask", "changed", team.namespace.name, says_how_far, seconds=90)
    team.apply("changed", epochs=1000, suspend=True)
    team.wait("changed", "Suspended")
    team.apply("changed", epochs=1)
    team.wait("changed", "Done")
    team.evaluate("judge", trainingTaskRef={"name": "changed"})
    team.cluster.wait_for("et", "judge", team.namespace.name, is_done, seconds=90)
    team.allow_pods(0)
    team.apply("kept-waiting")
    team.cluster.wait_for("trainingtask", "kept-waiting", team.namespace.name, says_why, seconds=90)
    mine = [entry for entry in team.audit() if entry["user"]["username"] == OPERATOR]
    since = [entry for entry in mine if came_at(entry) >= moment]
    return Asked([entry for entry in mine if came_at(entry) < moment], since)


def came_at(entry: Json) -> datetime:
    return datetime.fromisoformat(entry["requestReceivedTimestamp"])


def is_done(task: Json) -> bool:
    return bool(task.get("status", {}).get("phase") == "Done")


def says_how_far(task: Json) -> bool:
    """Its log was read."""
    return bool(task.get("status", {}).get("progress"))


def says_why(task: Json) -> bool:
    return bool(task.get("status", {}).get("reason") == "QuotaExceeded")


def test_the_operator_was_refused_nothing(asked: Asked) -> None:
    refused = [e for e in asked.since if e["responseStatus"]["code"] in (401, 403)]
    assert [(entry["verb"], entry["requestURI"]) for entry in refused] == []
    assert asked.since


def test_the_operator_used_its_rights_and_every_one_of_them(asked: Asked) -> None:
    requests = [*asked.before, *asked.since]
    used = {(entry["verb"], resource_of(entry["objectRef"])) for entry in requests}
    assert used - GRANTED == set()
    assert GRANTED - used == AFTER_TROUBLE_ONLY


def resource_of(reference: Json) -> str:
    return "/".join([reference["resource"], *filter(None, [reference.get("subresource")])])
