"""One real node for the session, and a namespace on it, filled as docs/quickstart.md says."""

import os
from collections.abc import Iterator

import pytest

from devcluster.basemodel import base_model
from devcluster.cluster import Cluster, Json, Namespace, until
from devcluster.paths import CHECKOUT
from devcluster.realnode.images import OPERATOR, REGISTRY, TRAINER, image_tag
from devcluster.realnode.machine import what_is_missing
from devcluster.realnode.node import NODE, real_node
from tests.integration.team import Team

NAMESPACE = "search"
LOADER = CHECKOUT / "examples" / "cluster" / "loader.yaml"


@pytest.fixture(scope="session")
def node() -> Iterator[Cluster]:
    """Yield a cluster whose only node runs pods with containerd and runc."""
    if missing := what_is_missing():
        pytest.skip(missing)
    with real_node(f"node-{os.getpid()}") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def team(node: Cluster) -> Team:
    """The restricted namespace `search`: the operator watches it, its claims are filled."""
    folder = node.folder / "volumes"
    namespace = Namespace(NAMESPACE, folder / "datasets", folder / "models")
    node.apply(restricted_namespace(), storage_class(), *map(volume, ("datasets", "models")))
    for path in (namespace.datasets, namespace.models):
        path.mkdir()
    install(node)
    fill(node)
    return Team(node, namespace)


def install(node: Cluster, tag: str = "") -> None:
    """Install the chart, or upgrade it; `tag`: of the operator's image."""
    claim = {"storageClassName": "local"}
    node.install_operator(
        image={"repository": f"{REGISTRY}/{OPERATOR}", "tag": tag or image_tag(OPERATOR)},
        trainer={
            "image": {"repository": f"{REGISTRY}/{TRAINER}", "tag": image_tag(TRAINER)},
            "defaultResources": {"requests": {"cpu": "500m", "memory": "1Gi"}},
        },
        watchNamespaces=[NAMESPACE],
        persistentVolumeClaims={"create": True, "datasets": claim, "models": claim},
    )


def restricted_namespace() -> Json:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    metadata = {"name": NAMESPACE, "labels": labels}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def storage_class() -> Json:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "local"},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
    }


def volume(name: str) -> Json:
    """A folder of the node as a volume: of the kind `local`, whose group the kubelet sets."""
    here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [NODE]}
    folder = CHECKOUT / ".devcluster" / f"node-{os.getpid()}" / "volumes" / name
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "100Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "local",
            "local": {"path": str(folder)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
            "claimRef": {"namespace": NAMESPACE, "name": name},
        },
    }


def fill(node: Cluster) -> None:
    """Bring examples and base model in with the loader pod, by the commands of the quickstart."""
    image = f"{REGISTRY}/{OPERATOR}:{image_tag(OPERATOR)}"
    node.apply(LOADER.read_text().replace("sbert-operator:0.1.0", image), namespace=NAMESPACE)
    place = ("-n", NAMESPACE)
    node.kubectl("wait", *place, "pod/loader", "--for=condition=Ready", "--timeout=120s")
    for name in ("handbook", "handbook-validation"):
        file = CHECKOUT / "examples" / "data" / f"{name}.jsonl"
        node.kubectl("cp", *place, str(file), "loader:/data/datasets/")
    node.kubectl("cp", *place, str(base_model()), "loader:/data/models/")
    node.kubectl("delete", *place, "pod/loader", "--wait")


def exec_in(team: Team, pod: str, code: str) -> str:
    """Run Python code in a pod's container; return what it prints."""
    words = ("exec", "-n", team.namespace.name, pod, "--", "python", "-c", code)
    return team.cluster.kubectl(*words)


def wait_until_trained(team: Team, name: str, percentage: int) -> str:
    """Wait until so much of a task is trained; return the pod that trains it."""

    def trained() -> bool:
        progress = team.status(name).get("progress") or {}
        return int(progress.get("percentage", 0)) >= percentage

    until(trained, f"{percentage} % of {name} are trained", 300)
    return team.running_pod(name)
