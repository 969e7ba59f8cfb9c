"""A running dev cluster in Python's hands: kubectl, helm, namespaces with volumes, faults.

For tests, demo and benchmarks. It must never wait without a deadline.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from .agent import NODE, Agent
from .basemodel import install_base_model
from .controlplane import ControlPlane, tool_environment
from .errors import DevClusterError
from .paths import CHECKOUT
from .processes import kill_marked
from .processnode.run import all_runs
from .volumes import namespace_objects

if TYPE_CHECKING:
    from pathlib import Path

    from .binaries import Binaries

Json = dict[str, Any]
T = TypeVar("T")
POLL_SECONDS = 0.2
CHART = CHECKOUT / "charts" / "sbert-operator"
OPERATOR_NAMESPACE = "sbert-system"


@dataclass(frozen=True)
class Namespace:
    """A namespace whose claims `datasets` and `models` are folders of this machine."""

    name: str
    datasets: Path
    models: Path


class Cluster:
    """A cluster that is up."""

    def __init__(self, folder: Path, binaries: Binaries, agent: Agent) -> None:
        """Take a cluster that has been started in `folder`."""
        self.folder = folder
        self.plane = ControlPlane(folder)
        self.agent = agent
        self._binaries = binaries
        self.environ = {**os.environ, **tool_environment(folder, binaries)}

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.plane.kubeconfig

    def binary(self, program: str) -> Path:
        """Return the file of `kubectl`, `helm` or another of the cluster's programs."""
        return self._binaries[program]

    # Commands

    def kubectl(self, *words: str, stdin: str | None = None) -> str:
        """Return kubectl's standard output. Raises DevClusterError if it fails."""
        return self._checked("kubectl", words, stdin)

    def helm(self, *words: str) -> str:
        """Return helm's standard output. Raises DevClusterError if it fails."""
        return self._checked("helm", words, None)

    def try_kubectl(
        self, *words: str, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Return what kubectl said and its exit status, which may be bad."""
        return self._call("kubectl", words, stdin)

    def _checked(self, tool: str, words: tuple[str, ...], stdin: str | None) -> str:
        done = self._call(tool, words, stdin)
        if done.returncode:
            said = done.stderr.strip() or done.stdout.strip()
            raise DevClusterError(f"{tool} {' '.join(words)} failed: {said}")
        return done.stdout

    def _call(
        self, tool: str, words: tuple[str, ...], stdin: str | None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._binaries[tool], *words],
            input=stdin,
            text=True,
            capture_output=True,
            env=self.environ,
            check=False,
        )

    # Objects

    def apply(self, *objects: Json | str, namespace: str | None = None) -> None:
        """Apply objects, or YAML text, or both."""
        documents = [o if isinstance(o, str) else yaml.safe_dump(o) for o in objects]
        words = ["--namespace", namespace] if namespace else []
        self.kubectl("apply", *words, "-f", "-", stdin="\n---\n".join(documents))

    def get(self, kind: str, name: str, namespace: str) -> Json:
        """Return the object. Raises DevClusterError if there is none."""
        found: Json = json.loads(self.kubectl("get", kind, name, "-n", namespace, "-o", "json"))
        return found

    def objects(self, kind: str, namespace: str, selector: str = "") -> list[Json]:
        """Return the objects of a kind that a label selector chooses."""
        text = self.kubectl("get", kind, "-n", namespace, "-l", selector, "-o", "json")
        found: list[Json] = json.loads(text)["items"]
        return found

    def pods(self, namespace: str, selector: str = "") -> list[Json]:
        """Return pods."""
        return self.objects("pods", namespace, selector)

    # Waiting

    def wait_for(
        self,
        kind: str,
        name: str,
        namespace: str,
        true: Callable[[Json], object],
        seconds: float = 30.0,
    ) -> Json:
        """Return the object as soon as it exists and `true` of it. Raises TimeoutError with it."""
        last: Json = {}

        def look() -> Json | None:
            words = ("get", kind, name, "-n", namespace, "-o", "json", "--ignore-not-found")
            last.update(found=json.loads(self.try_kubectl(*words).stdout or "null"))
            return last["found"] if last["found"] and true(last["found"]) else None

        try:
            return until(look, f"{kind} {name} as expected", seconds)
        except TimeoutError as error:
            seen = yaml.safe_dump(last.get("found"), sort_keys=False)
            raise TimeoutError(f"{error}; last seen:\n{seen}") from None

    # Namespaces and the operator

    def namespace(self, prefix: str = "test") -> Namespace:
        """Create a namespace of its own name with the claims `datasets` and `models`."""
        name = f"{prefix}-{uuid.uuid4().hex[:8]}"
        folder = self.folder / "volumes" / name
        made = Namespace(name, folder / "datasets", folder / "models")
        for path in (made.datasets, made.models):
            path.mkdir(parents=True)
        self.apply(*namespace_objects(name, folder))
        until(
            lambda: "default" in self.kubectl("get", "serviceaccounts", "-n", name),
            f"service account of namespace {name}",
        )
        return made

    def install_base_model(self, models: Path) -> None:
        """Put the base model into the folder of a model volume."""
        install_base_model(models)

    def install_operator(
        self,
        release: str = "sbert-operator",
        namespace: str = OPERATOR_NAMESPACE,
        chart: Path = CHART,
        **values: object,
    ) -> None:
        """Install the chart as its users do, and wait until it is ready.

        `values` are the chart's, nested as in values.yaml.
        """
        dev = {
            "image": {"repository": "sbert-operator", "tag": "dev"},
            "trainer": {"image": {"repository": "sbert-trainer", "tag": "dev"}},
        }
        file = self.folder / f"{release}-values.yaml"
        file.write_text(yaml.safe_dump(_merged(dev, values)))
        place = ("--namespace", namespace, "--create-namespace")
        wait = ("--wait", "--timeout", "120s")
        owner = "--take-ownership"  # of a CRD that was applied before, with kubectl
        try:
            self.helm(
                "upgrade", "--install", release, str(chart), *place, owner, "-f", str(file), *wait
            )
        except DevClusterError as error:
            words = ("-n", namespace, "--all-containers", "--prefix", "--tail=20")
            logs = self.try_kubectl("logs", *words, "-l", "app.kubernetes.io/name=sbert-operator")
            raise DevClusterError(f"{error}\nIts pods said:\n{logs.stdout}") from error

    # Faults

    def signal_pod(
        self, namespace: str, pod: str, container: str, number: signal.Signals = signal.SIGKILL
    ) -> None:
        """Signal the process of a pod's running container, behind the node's back."""
        uid = self.get("pod", pod, namespace)["metadata"]["uid"]
        runs = all_runs(self.agent.pod_folder(uid) / container)
        if not runs or runs[-1].exit_code is not None:
            raise DevClusterError(f"container {container} of pod {namespace}/{pod} does not run")
        runs[-1].signal(number)

    def signal_component(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Signal a component (`kube-apiserver`, `etcd`, ...); the supervisor starts it again."""
        pid = (self.plane.home / "pids" / f"{name}.pid").read_text()
        kill_marked(int(pid), self.folder, number)

    def agent_kill(self) -> None:
        """Kill the node agent; its pods go on."""
        self.agent.end(signal.SIGKILL)

    def agent_start(self) -> None:
        """Start the node agent again and wait until the node is ready."""
        self.agent.start()
        self.wait_until_node_ready()

    def wait_until_node_ready(self, seconds: float = 30.0) -> None:
        """Wait until the scheduler may place pods on the process node."""
        self.wait_for("node", NODE, "", _ready, seconds)


def _ready(node: Json) -> bool:
    conditions = node.get("status", {}).get("conditions", [])
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    return ready and not node["spec"].get("taints")


def _merged(below: Mapping[str, object], above: Mapping[str, object]) -> Json:
    """Return `below` with `above` laid over it, nested mappings merged."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(old, value)
        else:
            merged[key] = value
    return merged


def until(probe: Callable[[], T | None], what: str, seconds: float = 30.0) -> T:
    """Return the first true answer of `probe`. Raises TimeoutError that names `what`."""
    deadline = time.monotonic() + seconds
    while not (found := probe()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(POLL_SECONDS)
    return found
