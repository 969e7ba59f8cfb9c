"""The chart on the real API server: accepted, admitted, and no right too many."""

import json
import os
from collections.abc import Iterator

import pytest
import yaml

from devcluster.cluster import Cluster, Json, Namespace, until
from devcluster.start import dev_cluster
from tests.namespaces import temporary_namespace
from tests.unit.chart.rendering import CHART, VALUES, load_values
from tests.unit.chart.test_rights import RIGHTS

pytestmark = pytest.mark.cluster

OPERATOR = "chart-sbert-operator"
LEASE_RIGHTS = {("coordination.k8s.io", "leases"): {"create", "get", "update"}}
"""In its own namespace; get and update for its own lease alone."""
RIGHTS_KINDS = {"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}


def rendered(cluster: Cluster, namespace: str, values: Json) -> list[Json]:
    file = cluster.folder / "chart-test-values.yaml"
    file.write_text(yaml.safe_dump(values))
    words = ("template", "chart", str(CHART), "--namespace", namespace, "--values", str(file))
    manifests = [manifest for manifest in yaml.safe_load_all(cluster.helm(*words)) if manifest]
    # The Prometheus Operator's definitions are not on this cluster.
    return [m for m in manifests if not m["apiVersion"].startswith("monitoring.coreos.com/")]


@pytest.mark.parametrize("name", VALUES)
def test_the_api_server_accepts_every_manifest(
    cluster: Cluster, namespace: Namespace, name: str
) -> None:
    values = load_values(name)
    if "watchNamespaces" in values:
        values["watchNamespaces"] = [namespace.name]
    if tasks := values.get("networkPolicy", {}).get("tasks", {}):
        tasks["namespaces"] = [namespace.name]
    manifests = rendered(cluster, namespace.name, values)
    words = ("apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict")
    said = cluster.kubectl(*words, "-f", "-", stdin=yaml.safe_dump_all(manifests))
    assert len(said.splitlines()) == len(manifests)


@pytest.fixture
def restricted(cluster: Cluster, namespace: Namespace) -> Namespace:
    """A namespace that admits only pods of the Pod Security Standard "restricted"."""
    label = "pod-security.kubernetes.io/enforce=restricted"
    cluster.kubectl("label", "namespace", namespace.name, label)
    return namespace


def operator_pod(cluster: Cluster, namespace: Namespace) -> Json:
    manifests = rendered(cluster, namespace.name, {})
    (deployment,) = (m for m in manifests if m["kind"] == "Deployment")
    spec = {**deployment["spec"]["template"]["spec"], "serviceAccountName": "default"}
    metadata = {"name": "operator", "namespace": namespace.name}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def test_a_restricted_namespace_admits_the_operators_pod(
    cluster: Cluster, restricted: Namespace
) -> None:
    pod = json.dumps(operator_pod(cluster, restricted))
    said = cluster.kubectl("create", "--dry-run=server", "-f", "-", stdin=pod)
    assert said == "pod/operator created (server dry run)\n"


@pytest.mark.parametrize("line", ["runAsNonRoot", "seccompProfile"])
def test_a_restricted_namespace_refuses_it_without_a_line_of_its_posture(
    cluster: Cluster, restricted: Namespace, line: str
) -> None:
    pod = operator_pod(cluster, restricted)
    del pod["spec"]["securityContext"][line]
    done = cluster.try_kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(pod))
    assert line in done.stderr


def rights(cluster: Cluster, user: str, namespace: str) -> dict[tuple[str, str], set[str]]:
    """What the API server says that a user may do in a namespace."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace},
    }
    words = ("create", "-f", "-", "-o", "json", "--validate=false")
    account = f"--as=system:serviceaccount:{user}"
    said = json.loads(cluster.kubectl(*words, account, stdin=json.dumps(review)))
    found: dict[tuple[str, str], set[str]] = {}
    for rule in said["status"]["resourceRules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                found.setdefault((group, resource), set()).update(rule["verbs"])
    return found


def granted(cluster: Cluster, home: Namespace, place: str) -> dict[tuple[str, str], set[str]]:
    """The operator's rights beyond those that every account has."""
    everyone = rights(cluster, f"{home.name}:nobody", place)
    operator = rights(cluster, f"{home.name}:{OPERATOR}", place)
    return {key: verbs for key, verbs in operator.items() if everyone.get(key) != verbs}


def applied_rights(cluster: Cluster, home: Namespace, values: Json) -> list[Json]:
    """Apply the chart but for its Deployment: a second operator would take others' tasks."""
    found = [m for m in rendered(cluster, home.name, values) if m["kind"] in RIGHTS_KINDS]
    cluster.apply(*found)
    return found


@pytest.fixture
def other(cluster: Cluster) -> Iterator[Namespace]:
    """A second namespace."""
    with temporary_namespace(cluster) as made:
        yield made


def may(cluster: Cluster, home: Namespace, *words: str) -> str:
    account = f"--as=system:serviceaccount:{home.name}:{OPERATOR}"
    return cluster.try_kubectl("auth", "can-i", *words, account).stdout.strip()


def until_allowed(cluster: Cluster, home: Namespace, place: Namespace) -> None:
    """Wait until the API server has read the new roles."""
    words = ("create", "jobs", "-n", place.name)
    until(lambda: may(cluster, home, *words) == "yes", "the operator's rights", 10)


def test_in_namespaced_mode_the_operator_may_do_this_there_and_nothing_elsewhere(
    cluster: Cluster, namespace: Namespace, other: Namespace
) -> None:
    applied_rights(cluster, namespace, {"watchNamespaces": [other.name]})
    until_allowed(cluster, namespace, other)
    assert granted(cluster, namespace, other.name) == RIGHTS
    assert granted(cluster, namespace, namespace.name) == LEASE_RIGHTS
    assert granted(cluster, namespace, "kube-system") == {}
    for verb, resource in [("list", "jobs"), ("get", "secrets"), ("get", "nodes")]:
        assert may(cluster, namespace, verb, resource, "--all-namespaces") == "no"
    assert may(cluster, namespace, "delete", "pods", "-n", other.name) == "no"
    for name, answer in [(OPERATOR, "yes"), ("another", "no")]:
        assert may(cluster, namespace, "update", f"leases/{name}", "-n", namespace.name) == answer


def test_in_cluster_mode_the_operator_may_do_this_everywhere_and_no_more(
    cluster: Cluster, namespace: Namespace, other: Namespace
) -> None:
    manifests = applied_rights(cluster, namespace, {})
    try:
        until_allowed(cluster, namespace, other)
        assert granted(cluster, namespace, other.name) == RIGHTS
        assert may(cluster, namespace, "list", "jobs", "--all-namespaces") == "yes"
        assert may(cluster, namespace, "list", "secrets", "--all-namespaces") == "no"
    finally:
        cluster.kubectl("delete", "-f", "-", stdin=yaml.safe_dump_all(manifests))


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A cluster of the test's own: it removes the operator."""
    with dev_cluster(f"test-chart-{os.getpid()}") as started:
        yield started


TASK = {
    "apiVersion": "sbert-operator.dev/v1alpha1",
    "kind": "TrainingTask",
    "metadata": {"name": "kept", "namespace": "default"},
    "spec": {"modelTag": "absent", "trainDatasetIds": ["absent"], "device": "cpu"},
}
CRD = "crd/trainingtasks.sbert-operator.dev"


@pytest.mark.timeout(600)  # starts a cluster and installs three times
def test_tasks_and_their_definition_outlive_upgrade_and_uninstall(own_cluster: Cluster) -> None:
    own_cluster.install_operator(namespace="sbert")
    own_cluster.apply(TASK)
    uid = own_cluster.get("trainingtask", "kept", "default")["metadata"]["uid"]

    own_cluster.install_operator(namespace="sbert", metrics={"service": {"enabled": False}})
    assert own_cluster.kubectl("get", "services", "-n", "sbert", "-o", "name") == ""

    said = own_cluster.helm("uninstall", "sbert-operator", "--namespace", "sbert", "--wait")
    assert "trainingtasks.sbert-operator.dev" in said
    assert own_cluster.kubectl("get", "deployments", "-n", "sbert", "-o", "name") == ""
    own_cluster.kubectl("wait", "--for=condition=Established", CRD, "--timeout=10s")

    own_cluster.install_operator(namespace="sbert")
    assert own_cluster.get("trainingtask", "kept", "default")["metadata"]["uid"] == uid
