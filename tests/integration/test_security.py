"""Rows S21 to S27 of the catalogue of bad input: who may write tasks gains nothing else by it."""

import json
import subprocess
from typing import Any

import pytest

from devcluster.cluster import Cluster, Namespace
from tests.integration.bad_specs import a_task

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module", autouse=True)
def _definitions(operator: None) -> None:
    """They come with the operator."""


POD_FIELDS: dict[str, Any] = {
    "S21-podTemplate": {"podTemplate": {"spec": {"hostNetwork": True}}},
    "S21-hostNetwork": {"hostNetwork": True},
    "S21-hostPID": {"hostPID": True},
    "S21-securityContext": {"securityContext": None},
    "S21-privileged": {"securityContext": {"privileged": True}},
    "S21-serviceAccountName": {"serviceAccountName": "cluster-admin"},
    "S21-nodeName": {"nodeName": "node"},
    "S21-priorityClassName": {"priorityClassName": "system-node-critical"},
    "S21-volumes": {"volumes": [{"name": "root", "hostPath": {"path": "/"}}]},
    "S21-initContainers": {"initContainers": [{"name": "first", "image": "evil"}]},
    "S21-containers": {"containers": [{"name": "trainer", "image": "evil"}]},
    "S21-command": {"command": ["sh"]},
    "S21-directive": {"$patch": "delete"},
    "S22-env": {"env": [{"name": "LD_PRELOAD", "value": "/data/models/evil.so"}]},
    "S22-envFrom": {"envFrom": [{"secretRef": {"name": "keys"}}]},
    "S23-image": {"image": "evil:latest"},
    "S23-imagePullPolicy": {"imagePullPolicy": "Always"},
    "S25-namespace": {"storage": {"datasets": {"claimName": "datasets", "namespace": "other"}}},
}
"""What a pod could be given, and a task cannot say."""


def create(
    cluster: Cluster, task: object, namespace: Namespace, *words: str
) -> subprocess.CompletedProcess[str]:
    text = task if isinstance(task, str) else json.dumps(task)
    place = ("-n", namespace.name, "--dry-run=server", "-f", "-", *words)
    return cluster.try_kubectl("create", *place, stdin=text)


@pytest.mark.parametrize("fields", POD_FIELDS.values(), ids=POD_FIELDS)
def test_a_task_says_nothing_of_its_pod_but_what_it_may(
    cluster: Cluster, namespace: Namespace, fields: dict[str, Any]
) -> None:
    task = a_task()
    task["spec"] |= fields
    said = create(cluster, task, namespace)
    assert said.returncode != 0
    assert "unknown field" in said.stderr
    stored = create(cluster, task, namespace, "--validate=false", "-o", "json")
    spec = json.loads(stored.stdout)["spec"]
    assert not set(fields) - {"storage"} & set(spec)
    assert "namespace" not in spec.get("storage", {}).get("datasets", {})


@pytest.mark.parametrize("claim", ["other/datasets", "../datasets", "UPPER"])
def test_s25_a_claim_is_one_of_the_tasks_namespace(
    cluster: Cluster, namespace: Namespace, claim: str
) -> None:
    task = a_task(storage={"datasets": {"claimName": claim}})
    said = create(cluster, task, namespace)
    assert said.returncode != 0
    assert "spec.storage.datasets.claimName" in said.stderr


def test_s26_annotations_of_300_kb_are_refused(cluster: Cluster, namespace: Namespace) -> None:
    task = a_task()
    task["metadata"]["annotations"] = {"big": "x" * 300_000}
    said = create(cluster, task, namespace)
    assert "metadata.annotations: Too long" in said.stderr


def test_s26_a_spec_of_a_megabyte_is_refused_by_its_field(
    cluster: Cluster, namespace: Namespace
) -> None:
    said = create(cluster, a_task(trainDatasetIds=["x" * 1_000_000]), namespace)
    assert "spec.trainDatasetIds[0]: Too long" in said.stderr


GOOD = """\
apiVersion: sbert-operator.dev/v1alpha1
kind: TrainingTask
metadata: {name: yaml}
spec:
  modelTag: base
  trainDatasetIds: [faq]
"""


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("  loss: !!python/object:os.system {}\n", "error"),
        ("\tepochs: 1\n", "error"),
        ("  epochs: 0x10000000\n", "spec.epochs"),
    ],
    ids=["Python's tags", "tab", "another number"],
)
def test_s27_strange_yaml_is_refused(
    cluster: Cluster, namespace: Namespace, lines: str, words: str
) -> None:
    said = create(cluster, GOOD + lines, namespace)
    assert said.returncode != 0
    assert words in said.stderr


def test_s33_another_version_is_refused(cluster: Cluster, namespace: Namespace) -> None:
    said = create(cluster, {**a_task(), "apiVersion": "sbert-operator.dev/v2"}, namespace)
    assert 'no matches for kind "TrainingTask" in version "sbert-operator.dev/v2"' in said.stderr
