"""The CRD on the real API server: accepted, and a wall against bad specs."""

import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from devcluster.cluster import Cluster, Namespace
from sbert_api import yaml12
from tests.integration.bad_evaluations import BAD_EVALUATIONS, GOOD_EVALUATIONS, an_evaluation
from tests.integration.bad_specs import BAD_SPECS, BadSpec, a_task

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
CRDS = ("trainingtasks", "evaluationtasks")

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module", autouse=True)
def _crd(cluster: Cluster) -> None:
    for crd in CRDS:
        cluster.kubectl("apply", "-f", str(ROOT / f"crds/{crd}.yaml"))
        name = f"crd/{crd}.sbert-operator.dev"
        cluster.kubectl("wait", "--for=condition=Established", name, "--timeout=20s")


def create(cluster: Cluster, task: dict[str, Any] | str, *words: str) -> CompletedProcess[str]:
    """`kubectl create` of a task in a dry run on the server; nothing is kept."""
    text = task if isinstance(task, str) else json.dumps(task)
    return cluster.try_kubectl("create", "--dry-run=server", *words, "-f", "-", stdin=text)


@pytest.mark.parametrize("name", CRDS)
def test_the_server_finds_nothing_wrong_with_the_schema(cluster: Cluster, name: str) -> None:
    crd = json.loads(cluster.kubectl("get", "crd", f"{name}.sbert-operator.dev", "-o", "json"))
    conditions = {c["type"]: c["status"] for c in crd["status"]["conditions"]}
    assert conditions["Established"] == "True"
    assert "NonStructuralSchema" not in conditions


@pytest.mark.parametrize("row", BAD_SPECS, ids=lambda row: row.id)
def test_a_bad_spec_is_refused_by_the_name_of_its_field(cluster: Cluster, row: BadSpec) -> None:
    found = create(cluster, a_task(**row.spec))
    assert found.returncode != 0
    for words in row.message:
        assert words in found.stderr


@pytest.mark.parametrize("row", BAD_EVALUATIONS, ids=lambda row: row.id)
def test_a_bad_evaluation_is_refused_by_the_name_of_its_field(
    cluster: Cluster, row: BadSpec
) -> None:
    found = create(cluster, an_evaluation(**row.spec))
    assert found.returncode != 0
    for words in row.message:
        assert words in found.stderr


@pytest.mark.parametrize("spec", GOOD_EVALUATIONS.values(), ids=GOOD_EVALUATIONS)
def test_a_good_evaluation_is_accepted(cluster: Cluster, spec: dict[str, Any]) -> None:
    found = create(cluster, an_evaluation(**spec))
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize(
    ("task", "field"),
    [
        (a_task(promoteIf={}), "promoteIf"),
        (an_evaluation(baselineModelTag="b", passIf={}), "passIf"),
    ],
    ids=["promoteIf", "passIf"],
)
def test_a_gate_has_defaults(cluster: Cluster, task: dict[str, Any], field: str) -> None:
    found = create(cluster, task, "-o", "json")
    stored = json.loads(found.stdout)["spec"][field]
    assert stored == {"metric": "tripletAccuracy", "minGain": 0, "confidence": 0.95}


def test_s17_a_misspelt_field_is_refused_by_name(cluster: Cluster) -> None:
    found = create(cluster, a_task(epcohs=3))
    assert found.returncode != 0
    assert 'unknown field "spec.epcohs"' in found.stderr


def test_s17_without_validation_a_misspelt_field_is_pruned(cluster: Cluster) -> None:
    found = create(cluster, a_task(epcohs=3), "--validate=false", "-o", "json")
    assert "epcohs" not in json.loads(found.stdout)["spec"]


@pytest.mark.parametrize("value", ["NaN", "1e400", "Infinity"])
@pytest.mark.parametrize("field", ["epochs", "learningRate"])
def test_s12_s14_what_is_no_json_number_is_refused(
    cluster: Cluster, field: str, value: str
) -> None:
    text = json.dumps(a_task(**{field: 1})).replace(f'"{field}": 1', f'"{field}": {value}')
    assert create(cluster, text).returncode != 0


def test_null_for_a_field_with_a_default_becomes_the_default(cluster: Cluster) -> None:
    task = a_task()
    task["spec"]["epochs"] = None
    found = create(cluster, task, "-o", "json")
    assert json.loads(found.stdout)["spec"]["epochs"] == 1


@pytest.mark.parametrize("task", [a_task(), an_evaluation()], ids=lambda task: str(task["kind"]))
@pytest.mark.parametrize(("length", "accepted"), [(200, True), (201, False)])
def test_s31_a_name_has_at_most_200_characters(
    cluster: Cluster, task: dict[str, Any], length: int, *, accepted: bool
) -> None:
    task = task | {"metadata": {"name": "a" * length}}
    found = create(cluster, task)
    assert (found.returncode == 0) is accepted
    assert accepted or "at most 200 characters" in found.stderr


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_accepted(cluster: Cluster, path: Path) -> None:
    found = create(cluster, path.read_text())
    assert found.returncode == 0, found.stderr


def test_s28_a_changed_spec_is_taken_and_counted_as_a_new_generation(
    cluster: Cluster, namespace: Namespace
) -> None:
    cluster.apply(a_task(learningRate=2e-5), namespace=namespace.name)
    cluster.apply(a_task(learningRate=3e-5), namespace=namespace.name)
    found = cluster.get("trainingtask", a_task()["metadata"]["name"], namespace.name)
    assert found["spec"]["learningRate"] == 3e-5
    assert found["metadata"]["generation"] == 2


def test_the_same_file_can_be_applied_again(cluster: Cluster, namespace: Namespace) -> None:
    for _ in range(2):
        cluster.apply((ROOT / "examples/full.yaml").read_text(), namespace=namespace.name)
    stored = cluster.get("trainingtask", "full", namespace.name)
    assert stored["metadata"]["generation"] == 1


def test_kubectl_explain_describes_every_field(cluster: Cluster) -> None:
    found = cluster.kubectl("explain", "trainingtask.spec", "--recursive")
    (full,) = yaml12.load_all((ROOT / "examples/full.yaml").read_text())
    for field in full["spec"]:
        assert field in found
        described = cluster.kubectl("explain", f"trainingtask.spec.{field}")
        assert f"{field}: " in described


@pytest.mark.parametrize(
    ("kind", "task", "columns"),
    [
        ("tt", a_task(), "NAME PHASE PROGRESS GAIN MODEL AGE"),
        ("et", an_evaluation(), "NAME PHASE VERDICT GAIN PASSED MODEL BASELINE AGE"),
    ],
)
def test_kubectl_get_shows_the_columns(
    cluster: Cluster, namespace: Namespace, kind: str, task: dict[str, Any], columns: str
) -> None:
    cluster.apply(task, namespace=namespace.name)
    header = cluster.kubectl("get", kind, "-n", namespace.name).splitlines()[0]
    assert header.split() == columns.split()
