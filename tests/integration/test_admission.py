"""The second line behind the operator's Role: what the API server lets it do with Jobs."""

import copy
import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from devcluster.cluster import OPERATOR_NAMESPACE, Cluster, Namespace, until
from devcluster.operators import NAME
from sbert_api import names
from sbert_operator import jobs
from sbert_operator.settings import TrainerSettings
from tests.unit.chart.rendering import CHART
from tests.unit.operator.builders import a_status, a_task

pytestmark = pytest.mark.cluster

Json = dict[str, Any]
HOME = "policy-home"
USER = f"--as=system:serviceaccount:{HOME}:policy-sbert-operator"
SETTINGS = TrainerSettings(image="sbert-trainer:0.1.0", preflight_image="sbert-operator:0.1.0")


@pytest.fixture(scope="module")
def policy(cluster: Cluster) -> Iterator[None]:
    """The chart's policy and role for an operator that is not there, once they are obeyed."""
    words = ("template", "policy", str(CHART), "--namespace", HOME)
    kinds = {
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ClusterRole",
        "ClusterRoleBinding",
    }
    manifests = [m for m in yaml.safe_load_all(cluster.helm(*words)) if m and m["kind"] in kinds]
    cluster.apply(*manifests)
    yield
    for manifest in manifests:
        cluster.kubectl("delete", manifest["kind"], manifest["metadata"]["name"])


@pytest.fixture
def job(namespace: Namespace) -> Json:
    """A Job as the operator makes it."""
    task = a_task({"preflight": False}, a_status("Queued"))
    assert task.status.run
    made = jobs.build_job(task, task.status.run, SETTINGS)
    made["metadata"]["namespace"] = namespace.name
    return made


def create(cluster: Cluster, job: Json, *words: str) -> subprocess.CompletedProcess[str]:
    return cluster.try_kubectl(
        "create", "--dry-run=server", "-f", "-", *words, stdin=json.dumps(job)
    )


def test_the_operator_may_make_its_own_jobs(cluster: Cluster, policy: None, job: Json) -> None:
    said = create(cluster, job, USER)
    assert said.returncode == 0, said.stderr


def pod(job: Json) -> Json:
    found: Json = job["spec"]["template"]["spec"]
    return found


def container(job: Json) -> Json:
    found: Json = pod(job)["containers"][0]
    return found


FORBIDDEN: dict[str, tuple[Callable[[Json], object], str]] = {
    "another image": (lambda j: container(j).update(image="evil:1"), "images of its chart"),
    "an image whose name begins alike": (
        lambda j: container(j).update(image="sbert-trainer-evil:1"),
        "images of its chart",
    ),
    "a second container": (
        lambda j: pod(j)["containers"].append({**container(j), "name": "b", "image": "evil"}),
        "images of its chart",
    ),
    "another account": (
        lambda j: pod(j).update(serviceAccountName="admin"),
        "ServiceAccount default",
    ),
    "a token": (lambda j: pod(j).update(automountServiceAccountToken=True), "without its token"),
    "a host path": (
        lambda j: pod(j)["volumes"].append({"name": "root", "hostPath": {"path": "/"}}),
        "only mount claims",
    ),
    "a secret": (
        lambda j: pod(j)["volumes"].append({"name": "keys", "secret": {"secretName": "keys"}}),
        "only mount claims",
    ),
    "a projected token": (
        lambda j: pod(j)["volumes"].append(
            {"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}
        ),
        "only mount claims",
    ),
    "the host's network": (lambda j: pod(j).update(hostNetwork=True), "restricted"),
    "root": (lambda j: pod(j)["securityContext"].update(runAsNonRoot=False), "restricted"),
    "no seccomp": (lambda j: pod(j)["securityContext"].pop("seccompProfile"), "restricted"),
    "privileges": (
        lambda j: container(j)["securityContext"].update(allowPrivilegeEscalation=True),
        "no privileges",
    ),
    "a capability": (
        lambda j: container(j)["securityContext"]["capabilities"].update(add=["NET_RAW"]),
        "no privileges",
    ),
    "a writable root": (
        lambda j: container(j)["securityContext"].pop("readOnlyRootFilesystem"),
        "read-only root",
    ),
    "a Job without our label": (
        lambda j: j["metadata"]["labels"].pop(names.MANAGED_BY_LABEL),
        "only touch Jobs with the label",
    ),
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_s21_the_operator_may_not_make(
    cluster: Cluster, policy: None, job: Json, name: str
) -> None:
    change, words = FORBIDDEN[name]
    changed = copy.deepcopy(job)
    change(changed)
    said = until(lambda: refused(cluster, changed), f"{name} is refused")
    assert words in said
    assert create(cluster, changed).returncode == 0  # by others it may be made


def refused(cluster: Cluster, job: Json) -> str:
    """What the refusal says; empty while it is not refused: a policy is obeyed a little later."""
    said = create(cluster, job, USER)
    return said.stderr if said.returncode else ""


@pytest.mark.parametrize("verb", ["patch", "delete"])
def test_the_operator_may_not_touch_jobs_of_others(
    cluster: Cluster, policy: None, namespace: Namespace, verb: str
) -> None:
    place = ("-n", namespace.name, "--dry-run=server", USER)
    cluster.kubectl("create", "job", "others", "--image=x:1", "-n", namespace.name)
    words = {
        "patch": ("patch", "job", "others", "-p", '{"spec": {"suspend": true}}'),
        "delete": ("delete", "job", "others"),
    }[verb]
    said = cluster.try_kubectl(*words, *place)
    assert "only touch Jobs with the label" in said.stderr


def test_the_installed_operator_has_its_policy(cluster: Cluster, operator: None) -> None:
    name = f"{OPERATOR_NAMESPACE}-{NAME}"
    assert cluster.get("validatingadmissionpolicybinding", name, "")["spec"]["policyName"] == name
