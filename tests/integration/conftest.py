"""The operator as its users install it, and a namespace with something to train on."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from devcluster.cluster import Cluster
from tests.integration.team import Team
from tests.tiny_model import make_tiny_model

WORDS = [f"w{number}" for number in range(60)]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model that is quick to train."""
    return make_tiny_model(tmp_path_factory.mktemp("tiny"), WORDS, layers=1)


@pytest.fixture(scope="session")
def operator(cluster: Cluster) -> None:
    """The chart, installed for the whole cluster; its pods ask for little."""
    small = {"requests": {"cpu": "50m", "memory": "64Mi"}}
    cluster.install_operator(trainer={"defaultResources": small})


@pytest.fixture(scope="session")
def new_team(cluster: Cluster, operator: None, tiny_model: Path) -> Callable[[], Team]:
    """Makes namespaces in which tasks can be trained."""

    return lambda: filled_team(cluster, tiny_model)


def filled_team(cluster: Cluster, tiny_model: Path) -> Team:
    """A new namespace with a model `base` and a dataset `faq`."""
    namespace = cluster.namespace("team")
    shutil.copytree(tiny_model, namespace.models / "base")
    rows = [
        {"question": f"w{n} w{n + 1}", "positive": f"w{n} w{n + 2}", "negative": f"w{n + 30}"}
        for n in range(24)
    ]
    (namespace.datasets / "faq.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    return Team(cluster, namespace)


@pytest.fixture
def team(new_team: Callable[[], Team]) -> Team:
    """A namespace of the test's own."""
    return new_team()
