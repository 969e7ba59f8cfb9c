"""The operator's rights: these and no others, in the cluster or in each watched namespace."""

import pytest

from tests.unit.chart.rendering import Json, of_kind, render

RIGHTS = {
    ("sbert-operator.dev", "trainingtasks"): {"get", "list", "watch"},
    ("sbert-operator.dev", "trainingtasks/status"): {"patch"},
    ("sbert-operator.dev", "evaluationtasks"): {"list", "watch", "get"},
    ("sbert-operator.dev", "evaluationtasks/status"): {"patch"},
    ("batch", "jobs"): {"get", "list", "watch", "create", "patch", "delete"},
    ("", "pods"): {"list"},
    ("", "pods/log"): {"get"},
    ("", "events"): {"list", "create", "patch"},
}
LEASE = "demo-sbert-operator-lease"
"""The Role with the rights on the lease, of which test_availability.py tells."""
AGGREGATED = {"demo-sbert-operator-view", "demo-sbert-operator-edit"}
"""Roles for people, bound by nobody here: the built-in view, edit and admin take them up."""
SUBJECTS = [{"kind": "ServiceAccount", "name": "demo-sbert-operator", "namespace": "sbert"}]
CLUSTER_KINDS = ("ClusterRole", "ClusterRoleBinding")
NAMESPACED_KINDS = ("Role", "RoleBinding")


def rights(role: Json) -> dict[tuple[str, str], set[str]]:
    """(API group, resource) -> verbs. A rule of any other shape fails."""
    found: dict[tuple[str, str], set[str]] = {}
    for rule in role["rules"]:
        assert rule.keys() == {"apiGroups", "resources", "verbs"}
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                found.setdefault((group, resource), set()).update(rule["verbs"])
    return found


def of_tasks(manifests: list[Json], kind: str) -> list[Json]:
    """The roles or bindings by which tasks are served: neither the lease's nor those for people."""
    others = {LEASE, *AGGREGATED}
    return [m for m in of_kind(manifests, kind) if m["metadata"]["name"] not in others]


def test_cluster_mode_has_one_cluster_role_with_exactly_these_rights() -> None:
    manifests = render()
    (role,) = of_tasks(manifests, "ClusterRole")
    assert rights(role) == RIGHTS
    (binding,) = of_kind(manifests, "ClusterRoleBinding")
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert binding["subjects"] == SUBJECTS
    assert not [m for kind in NAMESPACED_KINDS for m in of_tasks(manifests, kind)]


def test_namespaced_mode_has_a_role_with_exactly_these_rights_in_each_namespace() -> None:
    manifests = render({"watchNamespaces": ["search", "support"]})
    roles = of_tasks(manifests, "Role")
    assert [rights(role) for role in roles] == [RIGHTS, RIGHTS]
    bindings = of_tasks(manifests, "RoleBinding")
    for found in (roles, bindings):
        assert [m["metadata"]["namespace"] for m in found] == ["search", "support"]
    for binding in bindings:
        assert binding["roleRef"]["kind"] == "Role"
        assert binding["roleRef"]["name"] == roles[0]["metadata"]["name"]
        assert binding["subjects"] == SUBJECTS


def test_the_rights_on_the_lease_are_the_operators() -> None:
    (binding,) = [m for m in of_kind(render(), "RoleBinding") if m["metadata"]["name"] == LEASE]
    assert binding["roleRef"]["name"] == LEASE
    assert binding["subjects"] == SUBJECTS


def test_namespaced_mode_has_no_right_on_the_cluster() -> None:
    manifests = render({"watchNamespaces": ["search"]})
    assert not [m for kind in CLUSTER_KINDS for m in of_tasks(manifests, kind)]


TASKS = {("sbert-operator.dev", kind) for kind in ("trainingtasks", "evaluationtasks")}
READ, WRITE = {"get", "list", "watch"}, {"create", "update", "patch", "delete", "deletecollection"}


@pytest.mark.parametrize(
    ("name", "verbs", "extended"),
    [("view", READ, {"view", "edit", "admin"}), ("edit", WRITE, {"edit", "admin"})],
)
def test_who_has_rights_in_a_namespace_has_them_on_its_tasks(
    name: str, verbs: set[str], extended: set[str]
) -> None:
    """And on nothing else: what is in a status only the operator writes."""
    roles = {m["metadata"]["name"]: m for m in of_kind(render(), "ClusterRole")}
    role = roles[f"demo-sbert-operator-{name}"]
    assert rights(role) == dict.fromkeys(TASKS, verbs)
    prefix = "rbac.authorization.k8s.io/aggregate-to-"
    labels = role["metadata"]["labels"]
    assert {key.removeprefix(prefix) for key in labels if key.startswith(prefix)} == extended


@pytest.mark.parametrize("kind", [*CLUSTER_KINDS, *NAMESPACED_KINDS])
def test_no_rule_speaks_of_everything_or_of_secrets(kind: str) -> None:
    for manifest in of_kind(render({"watchNamespaces": ["search"]}) + render(), kind):
        words = {
            word for rule in manifest.get("rules", []) for part in rule.values() for word in part
        }
        assert not words & {"*", "secrets", "configmaps", "nodes", "customresourcedefinitions"}


def test_only_the_operators_pod_gets_a_token() -> None:
    values = {"watchNamespaces": ["search"], "trainer": {"serviceAccount": {"create": True}}}
    manifests = render(values)
    for account in of_kind(manifests, "ServiceAccount"):
        assert account["automountServiceAccountToken"] is False
    (deployment,) = of_kind(manifests, "Deployment")
    assert deployment["spec"]["template"]["spec"]["automountServiceAccountToken"] is True


@pytest.mark.parametrize(
    ("account", "name"),
    [
        pytest.param({}, "default", id="the namespace's own"),
        pytest.param({"name": "training"}, "training", id="one that is there"),
        pytest.param({"create": True}, "sbert-trainer", id="made"),
        pytest.param({"create": True, "name": "training"}, "training", id="made by this name"),
    ],
)
def test_the_operator_knows_the_account_of_training_pods(account: Json, name: str) -> None:
    manifests = render({"watchNamespaces": ["search"], "trainer": {"serviceAccount": account}})
    (deployment,) = of_kind(manifests, "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert f"--trainer-service-account={name}" in container["args"]
    made = [
        (m["metadata"]["namespace"], m["metadata"]["name"])
        for m in of_kind(manifests, "ServiceAccount")
        if m["metadata"]["name"] == name
    ]
    assert made == ([("search", name)] if account.get("create") else [])
