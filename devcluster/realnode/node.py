"""Brings a real node up and down: control plane, containerd and kubelet in their own namespaces.

What the node mounts, routes or starts ends with process 1 of its process namespace, so nothing is
left but empty cgroups, which are removed. Pods reach no network but the node's own.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..agent import Agent
from ..binaries import Binaries, find, find_binaries
from ..cluster import Cluster, until
from ..errors import DevClusterError
from ..paths import DEVCLUSTER, cluster_folder
from ..processes import start
from ..takedown import take_down
from ..versions import NODE_TOOLS
from .certificates import make_certificates
from .images import OPERATOR, PAUSE, TAG, TRAINER, image_tag, images_folder, push_image
from .machine import provide_runtime

if TYPE_CHECKING:
    from collections.abc import Iterator

NODE = "node1"
HOST_IP, NODE_IP = "10.88.0.1", "10.88.0.2"
_SERVICE_CIDR, _FIRST_SERVICE_IP, _POD_CIDR = "10.96.0.0/24", "10.96.0.1", "10.244.0.0/24"
_CGROUP = "realnode"
_VETH = "realnode0"
_READY_SECONDS = 120.0
_CONF = DEVCLUSTER / "realnode" / "conf"
_CONFIGURATIONS = (
    "containerd.toml",
    "kubelet.yaml",
    "kube-proxy.yaml",
    "registry.yaml",
    "resolv.conf",
)
_USERS = {
    "admin": ("admin", "system:masters"),
    "kube-controller-manager": ("system:kube-controller-manager", ""),
    "kube-scheduler": ("system:kube-scheduler", ""),
    "kube-proxy": ("system:kube-proxy", ""),
    "kubelet": (f"system:node:{NODE}", "system:nodes"),
}
"""Kubeconfig -> user and group."""


@contextlib.contextmanager
def real_node(name: str) -> Iterator[Cluster]:
    """Yield a cluster of one real node with our images; it ends with the block or the process.

    Raises DevClusterError, also if another checkout's node is up: their network is one.
    """
    reader, writer = os.pipe()
    folder = cluster_folder(name)
    try:
        _start(folder, reader)
        yield _cluster(folder)
    finally:
        take_down(folder)
        _remove_cgroups()
        os.close(writer)
        os.close(reader)


def _start(folder: Path, owner: int) -> None:
    if Path(f"/sys/class/net/{_VETH}").exists():
        raise DevClusterError(
            f"a real node is up already: there is a network interface {_VETH}. Wait for its end, or"
            " run `make down` in the checkout that started it."
        )
    take_down(folder)
    for part in ("pki", "log", "etcd", "varlog", "kubelet", "cni.d", "volumes"):
        (folder / part).mkdir(parents=True)
    supervisor = [sys.executable, "-m", "devcluster.supervisor", str(folder), "--owned"]
    start(folder, supervisor, "supervisor.log", owner)
    _configure(folder)
    _make_cgroups()
    init = _start_init(folder)
    _connect(init)
    cluster = _cluster(folder)
    until(lambda: _answers(cluster, "get", "--raw", "/readyz"), "the API server is ready", 60.0)
    push_image(PAUSE, f"{NODE_IP}:5000", TAG)
    for image in (OPERATOR, TRAINER):
        push_image(image, f"{NODE_IP}:5000", image_tag(image))
    cluster.wait_for("node", NODE, "", _ready, _READY_SECONDS)


def _configure(folder: Path) -> None:
    make_certificates(folder / "pki", [NODE_IP, _FIRST_SERVICE_IP, "127.0.0.1"], NODE)
    tokens = []
    for name, (user, group) in _USERS.items():
        token = secrets.token_hex(16)
        tokens.append(f'{token},{user},{user},"{group}"\n')
        file = folder / ("kubeconfig" if name == "admin" else f"{name}.kubeconfig")
        _secret(file, _kubeconfig(folder, token))
    _secret(folder / "tokens.csv", "".join(tokens))
    for name in _CONFIGURATIONS:
        (folder / name).write_text(_filled(_CONF / name, folder))
    (folder / "cni.d" / "10-bridge.conflist").write_text(_filled(_CONF / "bridge.conflist", folder))


def _secret(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text)


def _kubeconfig(folder: Path, token: str) -> str:
    authority = folder / "pki" / "ca.crt"
    return f"""\
apiVersion: v1
kind: Config
clusters:
- name: realnode
  cluster: {{server: "https://{NODE_IP}:6443", certificate-authority: "{authority}"}}
users:
- name: user
  user: {{token: "{token}"}}
contexts:
- name: realnode
  context: {{cluster: realnode, user: user}}
current-context: realnode
"""


def _filled(template: Path, folder: Path) -> str:
    runtime = provide_runtime()
    values = {
        "FOLDER": folder,
        "BIN": runtime / "usr" / "sbin",
        "CNI": runtime / "usr" / "lib" / "cni",
        "IMAGES": images_folder(),
        "CGROUP": _CGROUP,
        "POD_CIDR": _POD_CIDR,
        "NODE_IP": NODE_IP,
        "NODE": NODE,
    }
    text = template.read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def _start_init(folder: Path) -> int:
    """Start the node's process 1; return its id as this machine sees it."""
    Path("/var/lib/kubelet").mkdir(exist_ok=True)  # the node mounts its own folder there
    own = ["--mount", "--pid", "--net", "--fork", "--kill-child", "--propagation", "private"]
    words = ["unshare", *own, "bash", str(DEVCLUSTER / "realnode" / "init.sh")]
    environ = {
        "FOLDER": str(folder),
        "PROGRAMS": ":".join(sorted(_program_folders())),
        "HOST_IP": HOST_IP,
        "NODE_IP": NODE_IP,
        "NODE": NODE,
        "SERVICE_CIDR": _SERVICE_CIDR,
    }
    outer = start(folder, words, "init.log", environ=environ)
    children = Path(f"/proc/{outer}/task/{outer}/children")
    return int(until(lambda: children.read_text().strip(), "the node's first process"))


def _program_folders() -> set[str]:
    programs: Binaries = dict(find_binaries())
    for component in NODE_TOOLS:
        if (found := find(component)) is None:
            raise DevClusterError(f"{component.name} is not there. Run `make e2e-node`.")
        programs |= found
    runtime = provide_runtime() / "usr"
    return {str(path.parent) for path in programs.values()} | {
        str(runtime / "bin"),
        str(runtime / "sbin"),
    }


def _connect(init: int) -> None:
    """Join the networks of machine and node by a pair of interfaces, which end with the node."""
    _ip("link", "add", _VETH, "type", "veth", "peer", "name", "eth0", "netns", str(init))
    _ip("addr", "add", f"{HOST_IP}/24", "dev", _VETH)
    _ip("link", "set", _VETH, "up")


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise DevClusterError(f"`ip {' '.join(words)}` failed: {done.stderr.strip()}")


def _make_cgroups() -> None:
    for hierarchy in _hierarchies():
        (hierarchy / _CGROUP).mkdir(exist_ok=True)


def _hierarchies() -> list[Path]:
    """Return the roots of the machine's cgroups: one of version 2, or several of version 1."""
    root = Path("/sys/fs/cgroup")
    if (root / "cgroup.controllers").exists():
        return [root]
    return [path for path in root.iterdir() if (path / "cgroup.procs").exists()]


def _remove_cgroups() -> None:
    """Remove the pods' cgroups, which are empty once their processes have been reaped."""

    def removed() -> bool:
        left = [h / _CGROUP for h in _hierarchies() if (h / _CGROUP).exists()]
        for folder in left:
            for path in sorted(folder.rglob("*/"), reverse=True):
                with contextlib.suppress(OSError):
                    path.rmdir()
            with contextlib.suppress(OSError):
                folder.rmdir()
        return not left

    until(removed, "the node's cgroups are gone")


def _cluster(folder: Path) -> Cluster:
    return Cluster(folder, find_binaries(), Agent(folder, folder / "kubeconfig", Path("bwrap")))


def _answers(cluster: Cluster, *words: str) -> bool:
    return cluster.try_kubectl(*words).returncode == 0


def _ready(node: dict[str, object]) -> bool:
    status = node.get("status", {})
    assert isinstance(status, dict)
    conditions = status.get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
