"""What the chart renders: snapshots that a reviewer can read, and a next step that works."""

import tomllib
from pathlib import Path

import pytest
import yaml

from sbert_api import names
from sbert_api.kinds import KINDS
from sbert_api.v1alpha1.training_task import TrainingTask
from tests.unit.chart.rendering import (
    CHART,
    SNAPSHOTS,
    VALUES,
    Json,
    helm,
    load_values,
    of_kind,
    render,
    snapshot,
)

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", VALUES)
def test_manifests_are_those_of_the_snapshot(name: str) -> None:
    path = SNAPSHOTS / f"{name}.yaml"
    assert snapshot(name) == path.read_text(), (
        "if the change is meant, run `python -m tests.unit.chart.rendering`"
    )


@pytest.mark.parametrize("name", VALUES)
def test_lint_has_no_complaint(name: str) -> None:
    assert "0 chart(s) failed" in helm("lint", "--strict", str(CHART), values=load_values(name))


@pytest.mark.parametrize("name", VALUES)
def test_every_object_says_whose_it_is(name: str) -> None:
    definitions = "CustomResourceDefinition"
    for manifest in render(load_values(name)):
        labels = manifest["metadata"].get("labels", {})
        if manifest["kind"] != definitions:
            assert labels["app.kubernetes.io/instance"] == "demo", manifest["metadata"]["name"]
            assert labels["helm.sh/chart"].startswith("sbert-operator-")


def test_the_definition_of_each_kind_survives_an_uninstall() -> None:
    crds = of_kind(render(), "CustomResourceDefinition")
    assert {crd["metadata"]["name"] for crd in crds} == {
        f"{kind.plural}.{names.GROUP}" for kind in KINDS
    }
    for crd in crds:
        assert crd["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_the_definitions_can_be_left_out() -> None:
    assert not of_kind(render({"crds": {"enabled": False}}), "CustomResourceDefinition")


def notes(values: Json) -> str:
    words = ("install", "demo", str(CHART), "--namespace", "sbert", "--dry-run=client")
    return helm(*words, values=values).partition("NOTES:\n")[2]


@pytest.mark.parametrize(
    ("values", "namespace"),
    [
        pytest.param({}, "default", id="whole cluster"),
        pytest.param({"watchNamespaces": ["search", "support"]}, "search", id="two namespaces"),
    ],
)
def test_the_notes_task_is_a_valid_task_in_a_watched_namespace(
    values: Json, namespace: str
) -> None:
    command, _, rest = notes(values).partition("<<'TASK'\n")
    assert command.endswith(f"kubectl --namespace {namespace} apply -f - ")
    task = yaml.safe_load(rest.partition("\nTASK\n")[0])
    assert task.pop("metadata") == {"name": "first"}
    TrainingTask.model_validate(task, extra="forbid")
    assert f"kubectl --namespace {namespace} get tt -w" in rest


def test_notes_name_the_objects_of_this_release() -> None:
    text = notes({"trainer": {"defaultClaims": {"datasets": "triplets"}}})
    assert "kubectl --namespace sbert rollout status deployment/demo-sbert-operator" in text
    assert "get persistentvolumeclaims triplets models" in text


@pytest.mark.parametrize("replicas", [1, 2])
def test_notes_tell_who_works_where_more_than_one_could(replicas: int) -> None:
    command = "kubectl --namespace sbert get lease demo-sbert-operator"
    assert (command in notes({"replicaCount": replicas})) is (replicas > 1)


def test_a_release_named_like_the_chart_does_not_say_so_twice() -> None:
    text = helm("template", "sbert-operator", str(CHART))
    deployment = next(m for m in yaml.safe_load_all(text) if m and m["kind"] == "Deployment")
    assert deployment["metadata"]["name"] == "sbert-operator"


def test_chart_distribution_and_images_have_one_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (version, version)
    for name in ("operator", "trainer"):
        assert f"\nARG VERSION={version}\n" in (ROOT / f"Dockerfile.{name}").read_text()
