"""A control plane with simulated nodes, and the operator as a process with its chart's rights."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import kubernetes
import yaml

from devcluster.agent import Agent
from devcluster.binaries import find_binaries
from devcluster.cluster import OPERATOR_NAMESPACE, Cluster, until
from devcluster.controlplane import start_control_plane
from devcluster.operators import NAME
from devcluster.paths import cluster_folder
from devcluster.takedown import take_down
from devcluster.volumes import namespace_objects
from sbert_api import names

HERE = Path(__file__).parent
NODES, PODS_A_NODE = 20, 500
AT_ONCE = 16
PORT = 18080
NAMESPACE = "load"
SPEC = {"modelTag": "base", "trainDatasetIds": ["faq"], "device": "cpu", "preflight": False}
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Bed:
    """What the scenarios work with."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        config: Any = kubernetes.config
        client = config.new_client_from_config(str(cluster.kubeconfig))
        client.rest_client.pool_manager.connection_pool_kw["maxsize"] = AT_ONCE
        self._tasks: Any = kubernetes.client.CustomObjectsApi(client)
        self._batch: Any = kubernetes.client.BatchV1Api(client)
        self._core: Any = kubernetes.client.CoreV1Api(client)
        self._place = names.GROUP, names.VERSION, NAMESPACE, names.PLURAL
        self.process: subprocess.Popen[bytes] | None = None

    # The operator

    def start_operator(self) -> float:
        """Start it; seconds until it is ready."""
        began = time.monotonic()
        words = [sys.executable, "-m", "sbert_operator", "--trainer-image=t:1"]
        words += ["--preflight-image=p:1", "--bind-address=127.0.0.1", f"--port={PORT}"]
        words += [f"--lease-name={NAME}", f"--lease-namespace={OPERATOR_NAMESPACE}"]
        words += ["--lease-pod=bench"]  # as in a pod: it runs one after the other
        environ = {**os.environ, "KUBECONFIG": str(self.cluster.folder / "operator-kubeconfig")}
        with (self.cluster.folder / "operator.log").open("ab") as log:
            self.process = subprocess.Popen(words, env=environ, stderr=log, stdout=log)
        until(lambda: answers("readyz"), "the operator is ready", 60)
        return time.monotonic() - began

    def end_operator(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Signal it; seconds until it has ended."""
        assert self.process
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=60)
        return time.monotonic() - began

    def keep_operator(self) -> None:
        """Start it again if it has ended, as Kubernetes does."""
        if self.process and self.process.poll() is not None:
            with contextlib.suppress(TimeoutError):
                self.start_operator()

    def cpu_seconds(self) -> float:
        """Processor time of the operator so far."""
        assert self.process
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS

    def resident_mib(self) -> float:
        """Its resident set."""
        assert self.process
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (one for one in status.splitlines() if one.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    # Tasks

    def apply(self, name: str, seconds: int, **fields: Any) -> None:
        """Create a task whose pod runs so long."""
        metadata = {"name": name, "namespace": NAMESPACE}
        task = {"apiVersion": names.API_VERSION, "kind": names.KIND, "metadata": metadata}
        body = {**task, "spec": {**SPEC, "epochs": seconds, **fields}}
        self._tasks.create_namespaced_custom_object(*self._place, body)

    def apply_many(self, prefix: str, count: int, seconds: int) -> None:
        """Create tasks `<prefix>-…` as fast as may be."""
        self.at_once(lambda number: self.apply(f"{prefix}-{number}", seconds), count)

    def bare_jobs(self, prefix: str, count: int, seconds: int) -> None:
        """Create Jobs with the same pods, without an operator."""
        self.at_once(lambda number: self._bare_job(f"{prefix}-{number}", seconds), count)

    def at_once(self, one: Callable[[int], None], count: int) -> None:
        """Do it so many times, 16 at once."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(one, range(count)))

    def add_finished(self, name: str, status: dict[str, Any]) -> None:
        """Create a task that has ended."""
        self.apply(name, 1)
        self._tasks.patch_namespaced_custom_object_status(
            *self._place, name, {"status": status}, _content_type="application/merge-patch+json"
        )

    def count(self, *phases: str) -> int:
        """How many tasks are in one of these phases."""
        selectors = [f"status.phase={phase}" for phase in phases]
        found = [
            self._tasks.list_namespaced_custom_object(*self._place, field_selector=selector)
            for selector in selectors
        ]
        return sum(len(one["items"]) for one in found)

    def clear(self) -> None:
        """Delete all tasks, Jobs and pods, and wait until they are gone."""
        self._tasks.delete_collection_namespaced_custom_object(*self._place)
        self._batch.delete_collection_namespaced_job(NAMESPACE, propagation_policy="Background")
        until(lambda: not self._core.list_namespaced_pod(NAMESPACE, limit=1).items, "no pods", 300)

    def _bare_job(self, name: str, seconds: int) -> None:
        said = json.dumps({"spec": {"epochs": seconds}, "runKey": "x", "modelId": "x"})
        pod = {
            "restartPolicy": "Never",
            "containers": [{"name": "trainer", "image": "t:1"}],
        }
        template = {"metadata": {"annotations": {names.TASK_ANNOTATION: said}}, "spec": pod}
        body = {"metadata": {"name": f"{name}-bare-train"}, "spec": {"template": template}}
        self._batch.create_namespaced_job(NAMESPACE, body)


def answers(path: str) -> bool:
    """Whether the operator answers well."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/{path}", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextlib.contextmanager
def operator_bed() -> Iterator[Bed]:
    """Yield a bed whose operator is not started yet."""
    folder = cluster_folder("bench-operator")
    take_down(folder)
    try:
        binaries = find_binaries()
        policy, stages = HERE / "operator_audit.yaml", HERE / "simulated_nodes.yaml"
        plane = start_control_plane(folder, binaries, policy, stages=stages)
        cluster = Cluster(folder, binaries, Agent(folder, plane.kubeconfig, Path("bwrap"), 0))
        # The chart's rights and definitions, and none of its pods: they would be simulated.
        cluster.install_operator(replicaCount=0, admissionPolicy={"enabled": False})
        cluster.apply(*map(node, range(NODES)), *namespace_objects(NAMESPACE, folder))
        (folder / "operator-kubeconfig").write_text(operator_kubeconfig(cluster))
        bed = Bed(cluster)
        try:
            yield bed
        finally:
            if bed.process and bed.process.poll() is None:
                bed.end_operator(signal.SIGKILL)
    finally:
        take_down(folder)


def node(number: int) -> dict[str, Any]:
    """A node that kwok plays."""
    room = {"cpu": "1000", "memory": "1000Gi", "pods": str(PODS_A_NODE)}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": f"node-{number}", "annotations": {"kwok.x-k8s.io/node": "fake"}},
        "status": {"allocatable": room, "capacity": room},
    }


def operator_kubeconfig(cluster: Cluster) -> str:
    """The kubeconfig of the operator's ServiceAccount."""
    token = cluster.kubectl("create", "token", NAME, "-n", OPERATOR_NAMESPACE, "--duration=24h")
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    config["users"] = [{"name": "operator", "user": {"token": token.strip()}}]
    config["contexts"][0]["context"]["user"] = "operator"
    config["current-context"] = config["contexts"][0]["name"]
    return str(yaml.safe_dump(config))
