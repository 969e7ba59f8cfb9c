"""Watching a task ends: with the task, with the cluster, or after a while. kubectl is a script."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devcluster import demo
from devcluster.agent import Agent
from devcluster.cluster import Cluster
from devcluster.errors import DevClusterError
from devcluster.processes import end_all, start
from devcluster.watching import watch_until_ended

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNNING = '{"status": {"phase": "Running"}}'


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Yield the folder of a cluster that is up as far as one can see: a process of it runs."""
    (tmp_path / "gpus").write_text("0")
    start(tmp_path, ["sleep", "60"], "log")
    yield tmp_path
    end_all(tmp_path)


def a_cluster(folder: Path, watch: str, task: str = RUNNING) -> Cluster:
    """A cluster whose `kubectl get -w` is this piece of shell, and other `get` prints `task`."""
    kubectl = folder / "kubectl"
    script = f"case $* in *-w) {watch};; *) echo '{task}';; esac"
    kubectl.write_text(f"#!/bin/sh\ncd {folder}\n{script}\n")
    kubectl.chmod(0o755)
    agent = Agent(folder, folder / "kubeconfig", Path("bwrap"))
    return Cluster(folder, {"kubectl": kubectl, "helm": kubectl}, agent)


@pytest.mark.parametrize("phase", ["Done", "Failed"])
def test_it_ends_with_the_task(
    folder: Path, capsys: pytest.CaptureFixture[str], phase: str
) -> None:
    cluster = a_cluster(folder, f"echo other Done; echo task {phase}; exec sleep 60")
    watch_until_ended(cluster, "task", "default")
    assert capsys.readouterr().out == f"other Done\ntask {phase}\n"


def test_it_is_resumed_when_kubectl_ends_early(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = "if [ -e again ]; then echo task Done; else touch again; echo task Running; fi"
    watch_until_ended(a_cluster(folder, watch), "task", "default")
    assert capsys.readouterr().out == "task Running\ntask Done\n"


@pytest.mark.parametrize("watch", ["exec sleep 60", "true"], ids=["silent", "ends at once"])
def test_it_never_waits_for_ever(folder: Path, watch: str) -> None:
    with pytest.raises(DevClusterError, match="the watch ended while the task was Running"):
        watch_until_ended(a_cluster(folder, watch), "task", "default", seconds=0.5)


def test_it_ends_when_the_cluster_is_taken_down(folder: Path) -> None:
    cluster = a_cluster(folder, "echo task Running")
    end_all(folder)
    with pytest.raises(DevClusterError, match="the cluster has been taken down"):
        watch_until_ended(cluster, "task", "default")


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("{}", "ended as None, without a model: its status does not say why"),
        ('{"status": {"phase": "Failed"}}', "ended as Failed, .* does not say why"),
        ('{"status": {"phase": "Failed", "errorMsg": "no data"}}', "ended as Failed, .*: no data"),
        ('{"status": {"phase": "Done"}}', "ended as Done, without a model"),
    ],
    ids=["no status", "no reason", "a reason", "no model"],
)
def test_the_demo_says_so_when_there_is_no_model(folder: Path, task: str, said: str) -> None:
    with pytest.raises(DevClusterError, match=said):
        demo.trained_model(a_cluster(folder, "true", task))
