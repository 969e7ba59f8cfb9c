"""Tasks whose pods cannot start: each says why, and goes on by itself once that is mended.

All are applied at once, each in a namespace of its own, for each waits half a minute.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from devcluster.agent import NODE
from devcluster.cluster import Cluster, Json
from sbert_api.reasons import HINTS
from tests.integration.team import Team

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),  # the first test pays for the cluster's start and helm
]

LABEL = "waiting-test"


def nothing(team: Team) -> None:
    """There is nothing to do."""


def label_node(team: Team) -> None:
    team.cluster.kubectl("label", "node", NODE, f"{LABEL}=yes", "--overwrite")


def create_claim(team: Team) -> None:
    claim = team.cluster.get("pvc", "datasets", team.namespace.name)
    volume = team.cluster.kubectl("get", "pv", claim["spec"]["volumeName"], "-o", "json")
    name = f"{team.namespace.name}-late"
    source = json.loads(volume)["spec"]
    source.pop("claimRef")
    team.cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name},
            "spec": source,
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "late", "namespace": team.namespace.name},
            "spec": {**claim["spec"], "volumeName": name},
        },
    )


def forbid_pods_by_quota(team: Team) -> None:
    team.allow_pods(0)


def allow_pods_by_quota(team: Team) -> None:
    team.allow_pods(5)


def enforce(team: Team, level: str) -> None:
    label = f"pod-security.kubernetes.io/enforce={level}"
    team.cluster.kubectl("label", "namespace", team.namespace.name, label, "--overwrite")


def forbid_pods_by_policy(team: Team) -> None:
    """An admission policy refuses each pod of the namespace."""
    name = team.namespace.name
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}},
                "resourceRules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["pods"],
                    }
                ],
            },
            "validations": [{"expression": "false", "message": "no pods on Sundays"}],
        },
    }
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Deny"]},
    }
    team.cluster.apply(policy, binding)


def allow_pods_by_policy(team: Team) -> None:
    team.cluster.kubectl("delete", "validatingadmissionpolicybinding", team.namespace.name)


@dataclass(frozen=True)
class Wait:
    """One way to be kept waiting."""

    spec: Json
    before: Callable[[Team], None]
    reason: str
    words: str
    mend: Callable[[Team], None]


GPU: Json = {"device": "cuda", "resources": {"limits": {"nvidia.com/gpu": 99}}}
WAITS = {
    "no node has so many GPUs": Wait(
        GPU, nothing, "Unschedulable", "Insufficient nvidia.com/gpu", nothing
    ),
    "no node has the label": Wait(
        {"nodeSelector": {LABEL: "yes"}}, nothing, "Unschedulable", "node", label_node
    ),
    "the claim is not there": Wait(
        {"storage": {"datasets": {"claimName": "late"}}},
        nothing,
        "VolumeNotFound",
        'persistentvolumeclaim "late" not found',
        create_claim,
    ),
    "the quota is used up": Wait(
        {}, forbid_pods_by_quota, "QuotaExceeded", "exceeded quota: few", allow_pods_by_quota
    ),
    "an admission policy refuses the pod": Wait(
        {}, forbid_pods_by_policy, "PodRejected", "no pods on Sundays", allow_pods_by_policy
    ),
}


@pytest.fixture(scope="module")
def waiting(new_team: Callable[[], Team]) -> dict[str, Team]:
    """A namespace for each way, with its task applied."""
    teams = {name: new_team() for name in WAITS}
    for name, team in teams.items():
        WAITS[name].before(team)
        team.apply("faq", **WAITS[name].spec)
    return teams


def reason_is(reason: str) -> Callable[[Json], bool]:
    return lambda task: task.get("status", {}).get("reason") == reason


@pytest.mark.parametrize("name", WAITS)
def test_a_task_says_why_it_waits_and_goes_on_by_itself(
    cluster: Cluster, waiting: dict[str, Team], name: str
) -> None:
    wait, team = WAITS[name], waiting[name]
    found = cluster.wait_for(
        "trainingtask", "faq", team.namespace.name, reason_is(wait.reason), seconds=90
    )
    status = found["status"]
    assert status["phase"] == "Queued"
    assert wait.words in status["message"]
    assert wait.reason in HINTS
    if wait.mend is not nothing:
        wait.mend(team)
        assert team.wait("faq", "Done", "Failed", seconds=240)["phase"] == "Done"


def test_pods_run_where_the_namespace_enforces_restricted_pods(team: Team) -> None:
    enforce(team, "restricted")
    team.apply("faq")
    assert team.wait("faq", "Done", "Failed")["phase"] == "Done"
