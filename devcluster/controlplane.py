"""A real control plane of local processes: etcd, API server, controllers, scheduler, kwok.

Everything it writes lies in the cluster's folder; a person's own `~/.kube` and `~/.kwok` are never
touched.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from .errors import DevClusterError
from .locking import locked
from .paths import DEVCLUSTER, cache
from .processes import marked_environment, start

if TYPE_CHECKING:
    from pathlib import Path

    from .binaries import Binaries

NAME = "dev"
"""kwokctl's name for the only cluster in its work folder."""


@dataclass(frozen=True)
class ControlPlane:
    """The control plane in one cluster's folder."""

    folder: Path

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.folder / "kubeconfig"

    @property
    def home(self) -> Path:
        """kwokctl's folder of the cluster: configuration, pids, logs, certificates."""
        return self.folder / "kwok" / "clusters" / NAME

    @property
    def audit_log(self) -> Path:
        """One JSON line for each request, if the cluster was started with an audit policy."""
        return self.home / "logs" / "audit.log"

    @property
    def started(self) -> Path:
        """A file that exists once all components have been started."""
        return self.folder / "started"


def start_control_plane(
    folder: Path,
    binaries: Binaries,
    audit_policy: Path | None = None,
    owner: int | None = None,
    stages: Path | None = None,
) -> ControlPlane:
    """Start a control plane in `folder` and wait until it serves. Raises DevClusterError.

    `owner`: a pipe's read end; the supervisor takes the cluster down when its other end closes.
    `stages`: what kwok plays with the pods of its own nodes.
    """
    plane = ControlPlane(folder)
    folder.mkdir(parents=True, exist_ok=True)
    stdin = subprocess.DEVNULL if owner is None else owner
    words = [sys.executable, "-m", "devcluster.supervisor", str(folder)]
    start(folder, words + (["--owned"] if owner is not None else []), "supervisor.log", stdin)
    _create(plane, binaries, audit_policy, stages)
    plane.started.touch()
    return plane


def _create(
    plane: ControlPlane, binaries: Binaries, audit_policy: Path | None, stages: Path | None
) -> None:
    config = plane.folder / "kwokctl.yaml"
    template = (DEVCLUSTER / "kwokctl.yaml").read_text()
    documents = [template.replace("@PKI@", str(plane.home / "pki"))]
    documents += [stages.read_text()] if stages else []
    config.write_text("\n---\n".join(documents))
    words = [str(binaries["kwokctl"]), "create", "cluster", "--runtime", "binary", "--name", NAME]
    words += ["--config", str(config), "--kubeconfig", str(plane.kubeconfig), "--wait", "60s"]
    for component in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"):
        words += [f"--{component}-binary", str(binaries[component])]
    words += ["--kwok-controller-binary", str(binaries["kwok"])]
    if audit_policy:
        words += ["--kube-audit-policy", str(audit_policy)]
    log = plane.folder / "kwokctl.log"
    environ = marked_environment(plane.folder) | tool_environment(plane.folder, binaries)
    # Two at once could choose the same free ports.
    with locked(cache() / "ports.lock"), log.open("wb") as output:
        done = subprocess.run(words, stdout=output, stderr=output, env=environ, check=False)
    if done.returncode or not plane.kubeconfig.exists():
        last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
        raise DevClusterError(f"the control plane did not start; {log} ends with:\n{last}")


def tool_environment(folder: Path, binaries: Binaries) -> dict[str, str]:
    """Return what keeps kwokctl, kubectl and helm inside the cluster's folder."""
    tools = [str(binaries[name].parent) for name in ("kubectl", "helm")]
    return {
        "KUBECONFIG": str(ControlPlane(folder).kubeconfig),
        "KUBECACHEDIR": str(folder / "kubectl"),
        "KWOK_WORKDIR": str(folder / "kwok"),
        "HELM_CACHE_HOME": str(folder / "helm" / "cache"),
        "HELM_CONFIG_HOME": str(folder / "helm" / "config"),
        "HELM_DATA_HOME": str(folder / "helm" / "data"),
        "PATH": os.pathsep.join([*tools, os.environ.get("PATH", os.defpath)]),
    }


def components(plane: ControlPlane) -> list[Component]:
    """Return what kwokctl has started, in its order."""
    documents = filter(None, yaml.safe_load_all((plane.home / "kwok.yaml").read_text()))
    found = [entry for document in documents for entry in document.get("components", [])]
    return [Component(entry["name"], [entry["binary"], *entry.get("args", [])]) for entry in found]


@dataclass(frozen=True)
class Component:
    """A process of the control plane."""

    name: str
    command: list[str]

    def pid_file(self, plane: ControlPlane) -> Path:
        """Return the file that holds its process id."""
        return plane.home / "pids" / f"{self.name}.pid"
