"""From an earlier chart to this one while a task trains."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from devcluster.cluster import CHART, OPERATOR_NAMESPACE, Cluster, until
from devcluster.operators import operator_pods
from devcluster.start import dev_cluster
from tests.integration.conftest import filled_team
from tests.integration.team import Team

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]  # a cluster, and helm twice

NEW_FIELD = "earlyStoppingPatience"
LATER = ("admissionpolicy", "aggregated-roles", "networkpolicy", "argocd", "persistentvolumeclaims")
"""Templates that the earlier chart had not."""


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A chart like the first one: without the second line of defence, and without a later field."""
    chart = tmp_path / "sbert-operator"
    shutil.copytree(CHART, chart)
    for name in LATER:
        (chart / "templates" / f"{name}.yaml").unlink()
    (definition,) = (chart / "templates" / "crds").glob("trainingtasks*")
    crd = definition.read_text()
    lines = crd.splitlines(keepends=True)
    (start,) = (n for n, line in enumerate(lines) if line.strip() == f"{NEW_FIELD}:")
    depth = len(lines[start]) - len(lines[start].lstrip())
    end = next(
        n
        for n, line in enumerate(lines[start + 1 :], start + 1)
        if len(line) - len(line.lstrip()) <= depth
    )
    definition.write_text("".join(lines[:start] + lines[end:]))
    return chart


@pytest.fixture
def team(earlier: Path, tiny_model: Path) -> Iterator[Team]:
    """A namespace on a cluster with the earlier chart."""
    with dev_cluster(f"test-upgrade-{os.getpid()}") as cluster:
        cluster.install_operator(chart=earlier)
        yield filled_team(cluster, tiny_model)


def operator_uids(cluster: Cluster) -> set[str]:
    return {pod["metadata"]["uid"] for pod in operator_pods(cluster)}


def knows_the_new_field(cluster: Cluster) -> bool:
    said = cluster.try_kubectl("explain", f"trainingtask.spec.{NEW_FIELD}")
    return said.returncode == 0


def test_a_task_that_trains_goes_on_and_one_that_is_done_stays_done(team: Team) -> None:
    cluster = team.cluster
    assert not knows_the_new_field(cluster)
    team.apply("done")
    done = team.wait("done", "Done", "Failed")
    team.apply("trains", epochs=150)
    team.wait("trains", "Running")
    pod, run = team.running_pod("trains"), team.status("trains")["run"]
    operators = operator_uids(cluster)

    cluster.install_operator(resources={"requests": {"cpu": "60m"}})  # new pods, as for a new image

    assert knows_the_new_field(cluster)
    assert OPERATOR_NAMESPACE in cluster.kubectl("get", "validatingadmissionpolicies", "-o", "name")
    until(lambda: not operators & operator_uids(cluster), "the old operators are gone")
    assert team.running_pod("trains") == pod
    status = team.wait("trains", "Done", "Failed")
    assert (status["phase"], status["history"]) == ("Done", []), status
    assert status["run"]["jobName"] == run["jobName"]
    assert team.status("done") == done
    team.apply("new", **{NEW_FIELD: 1})
    assert team.wait("new", "Done", "Failed")["phase"] == "Done"
