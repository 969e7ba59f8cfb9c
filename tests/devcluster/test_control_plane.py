"""The control plane comes back when a part of it dies, and leaves nothing behind when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from devcluster.__main__ import main
from devcluster.cluster import Cluster, Namespace, until
from devcluster.errors import DevClusterError
from devcluster.paths import CHECKOUT, CLUSTERS
from devcluster.processes import marked_processes
from devcluster.start import dev_cluster
from tests.devcluster.builders import MODELS, MODELS_MOUNT, a_job, a_pod_spec, job_end

pytestmark = pytest.mark.cluster

UP = [sys.executable, "-m", "devcluster", "up", "--name"]
OWN = "import sys; from devcluster.start import dev_cluster\nwith dev_cluster(sys.argv[1]): input()"
SLOW = "import time; time.sleep(4); open('/models/runs', 'a').write('x')"


def test_node_and_jobs_survive_the_api_server(cluster: Cluster, namespace: Namespace) -> None:
    job = a_job("slow", a_pod_spec(SLOW, MODELS_MOUNT, **MODELS))
    cluster.apply(job, namespace=namespace.name)
    cluster.wait_for("job", "slow", namespace.name, lambda j: j["status"].get("ready"))
    agent = cluster.agent.pid
    cluster.signal_component("kube-apiserver")
    cluster.wait_for("job", "slow", namespace.name, lambda j: "Complete" in job_end(j), 60)
    assert (namespace.models / "runs").read_text() == "x"
    assert cluster.agent.pid == agent
    assert cluster.agent.running()


@pytest.mark.parametrize(
    "component", ["kube-controller-manager", "kube-scheduler", "kwok-controller"]
)
def test_ended_component_is_started_again(cluster: Cluster, component: str) -> None:
    file = cluster.plane.home / "pids" / f"{component}.pid"
    before = file.read_text()
    cluster.signal_component(component)
    until(lambda: file.read_text() != before, f"{component} has a new process")


def test_cluster_ends_with_the_process_that_owns_it() -> None:
    name = f"owned-{os.getpid()}"
    _kill_when_half_started([sys.executable, "-c", OWN, name], name)
    until(lambda: not marked_processes(CLUSTERS / name), "no process is left")
    until(lambda: not (CLUSTERS / name).exists(), "the cluster's folder is gone")


def test_down_ends_what_a_killed_up_has_left() -> None:
    name = f"half-{os.getpid()}"
    _kill_when_half_started([*UP, name], name)
    assert marked_processes(CLUSTERS / name)
    assert main(["down", "--name", name]) == 0
    assert not marked_processes(CLUSTERS / name)
    assert not (CLUSTERS / name).exists()


def test_second_cluster_of_a_name_is_refused_and_the_first_one_stays(cluster: Cluster) -> None:
    name = cluster.folder.name
    with pytest.raises(DevClusterError, match=f"cluster {name} is already up"), dev_cluster(name):
        pass
    assert "process-node" in cluster.kubectl("get", "nodes")


def _kill_when_half_started(words: list[str], name: str) -> None:
    """Start a process, and kill it as soon as it has started etcd."""
    etcd = CLUSTERS / name / "kwok" / "clusters" / "dev" / "pids" / "etcd.pid"
    with subprocess.Popen(words, cwd=CHECKOUT, stdin=subprocess.PIPE) as process:
        until(etcd.exists, "etcd is started")
        process.send_signal(signal.SIGKILL)
