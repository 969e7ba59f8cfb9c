"""More than one operator: how many, apart from each other, and by which lease one is chosen."""

import pytest
import yaml

from tests.unit.chart.rendering import (
    CHART,
    VALUES,
    Json,
    helm,
    load_values,
    of_kind,
    render,
    the_deployment,
)
from tests.unit.chart.test_posture import arguments, at

POD = "spec.template.spec"
HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"


@pytest.mark.parametrize(
    ("values", "replicas", "budgets"),
    [
        pytest.param({}, 2, 1, id="default"),
        pytest.param({"replicaCount": 3}, 3, 1, id="more"),
        pytest.param({"replicaCount": 1}, 1, 0, id="one, whose node must be drained all the same"),
        pytest.param({"replicaCount": 0}, 0, 0, id="none"),
    ],
)
def test_as_many_run_as_the_values_say_and_one_of_many_always_stays(
    values: Json, replicas: int, budgets: int
) -> None:
    assert at(the_deployment(values), "spec.replicas") == replicas
    found = of_kind(render(values), "PodDisruptionBudget")
    assert [budget["spec"]["minAvailable"] for budget in found] == [1] * budgets


def test_the_disruption_budget_is_of_the_operators_pods() -> None:
    (budget,) = of_kind(render(), "PodDisruptionBudget")
    assert budget["spec"]["selector"] == at(the_deployment(), "spec.selector")


def apart(values: Json) -> tuple[Json, list[Json]]:
    """Where the pods do not want to be together: the affinity, and the spread."""
    deployment = the_deployment(values)
    return at(deployment, f"{POD}.affinity"), at(deployment, f"{POD}.topologySpreadConstraints")


def test_the_pods_prefer_other_nodes_and_zones_and_insist_on_neither() -> None:
    affinity, (zones,) = apart({})
    (rule,) = affinity["podAntiAffinity"].pop("preferredDuringSchedulingIgnoredDuringExecution")
    assert affinity == {"podAntiAffinity": {}}
    nodes = rule["podAffinityTerm"]
    assert (nodes["topologyKey"], zones["topologyKey"]) == (HOSTNAME, ZONE)
    assert zones["whenUnsatisfiable"] == "ScheduleAnyway"
    for term in (nodes, zones):
        assert term["labelSelector"] == at(the_deployment(), "spec.selector")


@pytest.mark.parametrize(
    ("affinity", "ours"),
    [
        pytest.param(None, True, id="nothing"),
        pytest.param({"nodeAffinity": {"x": 1}}, True, id="something else"),
        pytest.param({"podAntiAffinity": {"x": 1}}, False, id="how pods stand apart"),
    ],
)
def test_what_the_values_say_of_affinity_is_kept(affinity: Json | None, ours: bool) -> None:
    found, _ = apart({"affinity": affinity})
    assert found.items() >= (affinity or {}).items()
    assert ("preferredDuring" in str(found)) is ours


def lease_rights(values: Json) -> list[tuple[str, list[str], list[str]]]:
    """Of every Role and ClusterRole: where, names and verbs of its rules for leases."""
    return [
        (role["metadata"].get("namespace"), rule.get("resourceNames", []), rule["verbs"])
        for kind in ("Role", "ClusterRole")
        for role in of_kind(render(values), kind)
        for rule in role["rules"]
        if rule["resources"] == ["leases"]
    ]


@pytest.mark.parametrize("name", VALUES)
def test_the_rights_are_for_the_lease_of_the_arguments_in_its_own_namespace(name: str) -> None:
    values = load_values(name)
    assert "--lease-name=demo-sbert-operator" in arguments(values)
    assert "--lease-namespace=$(POD_NAMESPACE)" in arguments(values)
    assert lease_rights(values) == [
        ("sbert", [], ["create"]),
        ("sbert", ["demo-sbert-operator"], ["get", "update"]),
    ]


def test_two_releases_in_one_namespace_share_neither_lease_nor_rights() -> None:
    both = [
        {
            (manifest["kind"], manifest["metadata"]["name"])
            for manifest in yaml.safe_load_all(helm("template", release, str(CHART)))
            if manifest and manifest["kind"] != "CustomResourceDefinition"
        }
        for release in ("one", "two")
    ]
    assert not both[0] & both[1]
    assert "--lease-name=one-sbert-operator" in helm("template", "one", str(CHART))
