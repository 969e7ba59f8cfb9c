"""How the operator's pod is locked up, probed and replaced."""

from typing import Any

import pytest

from tests.unit.chart.rendering import VALUES, Json, load_values, of_kind, render, the_deployment


def at(manifest: Json, path: str) -> Any:
    """The value at a path such as `spec.containers.0.image`; None if there is none."""
    found: Any = manifest
    for step in path.split("."):
        found = found[int(step)] if isinstance(found, list) else found.get(step)
        if found is None:
            return None
    return found


POD = "spec.template.spec"
CONTAINER = f"{POD}.containers.0"


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        # Pod Security Standard "restricted", line by line
        (f"{POD}.hostNetwork", None),
        (f"{POD}.hostPID", None),
        (f"{POD}.hostIPC", None),
        (f"{POD}.securityContext.runAsNonRoot", True),
        (f"{POD}.securityContext.runAsUser", 10001),
        (f"{POD}.securityContext.runAsGroup", 10001),
        (f"{POD}.securityContext.seccompProfile", {"type": "RuntimeDefault"}),
        (f"{CONTAINER}.securityContext.allowPrivilegeEscalation", False),
        (f"{CONTAINER}.securityContext.capabilities", {"drop": ["ALL"]}),
        (f"{CONTAINER}.securityContext.privileged", None),
        (f"{POD}.volumes", [{"name": "tmp", "emptyDir": {"sizeLimit": "16Mi"}}]),
        # and more than it asks for
        (f"{CONTAINER}.securityContext.readOnlyRootFilesystem", True),
        (f"{POD}.enableServiceLinks", False),
        # replaced one after the other, with time to end
        (
            "spec.strategy",
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        ),
        (f"{POD}.terminationGracePeriodSeconds", 30),
        # reached at its own address
        (f"{CONTAINER}.ports", [{"name": "http", "containerPort": 8080}]),
        (f"{CONTAINER}.livenessProbe.httpGet", {"path": "/livez", "port": "http"}),
        (f"{CONTAINER}.readinessProbe.httpGet", {"path": "/readyz", "port": "http"}),
        (
            f"{CONTAINER}.env",
            [
                {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                {
                    "name": "POD_NAMESPACE",
                    "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}},
                },
            ],
        ),
    ],
)
def test_the_pod_is_locked_up(name: str, path: str, expected: object) -> None:
    assert at(the_deployment(load_values(name)), path) == expected


def arguments(values: Json) -> list[str]:
    found: list[str] = at(the_deployment(values), f"{CONTAINER}.args")
    return found


def test_the_server_binds_to_the_pods_address() -> None:
    assert "--bind-address=$(POD_IP)" in arguments({})
    assert "--port=8080" in arguments({})


def test_the_whole_cluster_is_watched_by_naming_no_namespace() -> None:
    assert not [word for word in arguments({}) if word.startswith("--watch-namespaces")]
    assert "--watch-namespaces=a,b" in arguments({"watchNamespaces": ["a", "b"]})


def test_the_service_selects_the_operators_pod_and_port() -> None:
    manifests = render()
    (service,) = of_kind(manifests, "Service")
    (deployment,) = of_kind(manifests, "Deployment")
    labels = at(deployment, "spec.template.metadata.labels")
    assert service["spec"]["selector"].items() <= labels.items()
    assert at(service, "spec.ports.0.targetPort") == at(deployment, f"{CONTAINER}.ports.0.name")


def test_the_deployment_selects_its_own_pods() -> None:
    deployment = the_deployment()
    labels = at(deployment, "spec.template.metadata.labels")
    assert at(deployment, "spec.selector.matchLabels").items() <= labels.items()
