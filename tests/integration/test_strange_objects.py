"""Rows S30, C08, C10 and C16 of the catalogue of bad input: what others do around a task."""

import json

import pytest

from devcluster.cluster import Json, until
from devcluster.operators import NAME
from tests.integration.team import NOWHERE, Team

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]


def test_s30_a_foreign_finalizer_and_owner_are_left_alone(team: Team) -> None:
    team.cluster.kubectl("create", "configmap", "owner", "-n", team.namespace.name)
    owner = team.cluster.get("configmap", "owner", team.namespace.name)
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner"}
    task = team.manifest("faq", NOWHERE)
    task["metadata"] |= {
        "finalizers": ["example.com/keep"],
        "ownerReferences": [{**reference, "uid": owner["metadata"]["uid"]}],
    }
    team.cluster.apply(task)
    team.wait("faq", "Queued")
    assert team.job("faq")
    team.cluster.kubectl("delete", "tt", "faq", "-n", team.namespace.name, "--wait=false")
    found = team.task("faq")["metadata"]
    assert found["finalizers"] == ["example.com/keep"]
    assert found["ownerReferences"][0]["name"] == "owner"
    free = ("--type=merge", "-p", '{"metadata": {"finalizers": null}}')
    team.cluster.kubectl("patch", "tt", "faq", "-n", team.namespace.name, *free)
    # The garbage collector looks for new definitions twice a minute.
    until(lambda: not team.jobs(), "the Job goes with its task", 90)


def test_c08_a_right_that_was_taken_away_is_waited_for(team: Team) -> None:
    role = team.cluster.get("clusterrole", NAME, "")
    rules: list[Json] = role["rules"]
    without = [rule for rule in rules if rule["resources"] != ["jobs"]]
    change_rules(team, without)
    try:
        team.apply("faq", **NOWHERE)
        team.cluster.wait_for(
            "tt",
            "faq",
            team.namespace.name,
            lambda task: "forbidden" in task.get("status", {}).get("message", ""),
            seconds=60,
        )
        assert team.status("faq")["phase"] == "Queued"
    finally:
        change_rules(team, rules)
    assert team.job("faq")


def change_rules(team: Team, rules: list[Json]) -> None:
    patch = ("--type=merge", "-p", json.dumps({"rules": rules}))
    team.cluster.kubectl("patch", "clusterrole", NAME, *patch)


def test_c10_a_namespace_that_goes_takes_its_tasks_along(team: Team) -> None:
    team.apply("faq", **NOWHERE)
    team.wait("faq", "Queued")
    team.cluster.kubectl("delete", "namespace", team.namespace.name, "--timeout=90s")
    found = team.cluster.try_kubectl("get", "namespace", team.namespace.name)
    assert "not found" in found.stderr


def test_c16_a_task_deleted_without_its_children_leaves_a_job_that_ends_by_itself(
    team: Team,
) -> None:
    team.apply("faq", epochs=3)
    team.wait("faq", "Running")
    words = ("delete", "tt", "faq", "-n", team.namespace.name, "--cascade=orphan")
    team.cluster.kubectl(*words)

    def ended() -> bool:
        return all(job["status"].get("conditions") for job in team.jobs())

    assert team.jobs()
    until(ended, "the Jobs end without their task", 90)
