"""A real Argo CD beside the operator, which knows of tasks what the chart tells it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from devcluster.argocd import NAMESPACE, start_argocd
from devcluster.cluster import OPERATOR_NAMESPACE, Cluster
from tests.argocd.delivery import Delivery
from tests.integration.conftest import new_team, tiny_model
from tests.integration.team import Team

__all__ = ["new_team", "tiny_model"]
CONFIG_MAP = "sbert-operator-argocd"


@pytest.fixture(scope="session")
def operator(cluster: Cluster) -> None:
    """The chart, installed for the whole cluster, with its words for Argo CD."""
    small = {"requests": {"cpu": "50m", "memory": "64Mi"}}
    cluster.install_operator(trainer={"defaultResources": small}, argocd={"enabled": True})


@pytest.fixture(scope="session")
def argocd(cluster: Cluster, operator: None) -> None:
    """Argo CD, told of our kinds by the command of docs/gitops.md."""
    start_argocd(cluster, print)
    words = ("get", "configmap", CONFIG_MAP, "-n", OPERATOR_NAMESPACE, "-o", "jsonpath={.data}")
    data = cluster.kubectl(*words)
    patch = ("-n", NAMESPACE, "--type", "merge", "-p", f'{{"data": {data}}}')
    cluster.kubectl("patch", "configmap", "argocd-cm", *patch)


@pytest.fixture(scope="session")
def new_delivery(
    argocd: None, new_team: Callable[[], Team], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., tuple[Team, Delivery]]:
    """Makes a team whose tasks come from a Git repository."""

    def make(*, server_side: bool = False) -> tuple[Team, Delivery]:
        team = new_team()
        repository: Path = tmp_path_factory.mktemp("git") / "repository"
        delivery = Delivery(team.cluster, team.namespace.name, repository)
        delivery.begin(server_side=server_side)
        return team, delivery

    return make
