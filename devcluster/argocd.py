"""A real Argo CD beside a dev cluster: application controller, repo server and a Redis in memory.

They run as processes of the cluster and end with it. There is no Argo CD API server: what people do
in its UI is done here with annotations and operations of the Application, as the UI does it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .binaries import Report, provide
from .cluster import until
from .errors import DevClusterError
from .locking import locked
from .paths import DEVCLUSTER, cache
from .processes import start
from .versions import ARGOCD

if TYPE_CHECKING:
    from .cluster import Cluster, Json

NAMESPACE = "argocd"
MODULE = "github.com/argoproj/argo-cd/v3"
START_SECONDS = 60.0
_PART_OF = {"app.kubernetes.io/part-of": "argocd"}
"""Argo CD's informer lists only settings with this label."""


def start_argocd(cluster: Cluster, report: Report) -> None:
    """Install Argo CD's definitions and settings and start it. Raises DevClusterError.

    The default settings, and no knowledge of our kinds: those are for the chart to bring.
    """
    program = provide(ARGOCD, report)["argocd"]
    source = _module_folder()
    _install(cluster, source)
    _start(cluster, str(program), _folders(cluster, source))


def _module_folder() -> Path:
    """Where Argo CD's sources lie, with its manifests; go.sum has checked them."""
    words = ["go", "mod", "download", "-json", MODULE]
    done = subprocess.run(
        words, cwd=DEVCLUSTER / ARGOCD.module, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DevClusterError(f"the sources of Argo CD cannot be had: {done.stderr or done.stdout}")
    return Path(json.loads(done.stdout)["Dir"])


def _install(cluster: Cluster, source: Path) -> None:
    crds = [source / "manifests" / "crds" / f"{name}-crd.yaml" for name in _DEFINITIONS]
    for crd in crds:
        cluster.kubectl("apply", "--server-side", "-f", str(crd))
    cluster.wait_for("crd", "applications.argoproj.io", "", _established)
    cluster.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        (source / "manifests" / "base" / "config" / "argocd-cm.yaml").read_text(),
        _secret(),
        _project(),
        namespace=NAMESPACE,
    )


def _established(crd: Json) -> bool:
    conditions = crd.get("status", {}).get("conditions") or []
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)


_DEFINITIONS = ("application", "appproject")


def _secret() -> Json:
    metadata = {"name": "argocd-secret", "namespace": NAMESPACE, "labels": _PART_OF}
    data = {"server.secretkey": "of no server"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}


def _project() -> Json:
    spec = {
        "sourceRepos": ["*"],
        "destinations": [{"namespace": "*", "server": "*"}],
        "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
    }
    metadata = {"name": "default", "namespace": NAMESPACE}
    kind = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject"}
    return {**kind, "metadata": metadata, "spec": spec}


def _folders(cluster: Cluster, source: Path) -> dict[str, str]:
    """The environment of both processes, with the folders that it names.

    Two things are not obvious: `git-verify-wrapper.sh` is run for every revision, also with GPG
    off, and has no execute bit in a Go module; and the socket's default is one path for all.
    """
    folder = cluster.folder / "argocd"
    for name in ("tls", "ssh", "bin", "tmp"):
        (folder / name).mkdir(parents=True)
    for name in ("git-verify-wrapper.sh", "gpg-wrapper.sh"):
        script = folder / "bin" / name
        script.write_bytes((source / "hack" / name).read_bytes())
        script.chmod(0o755)
    (folder / "gitconfig").write_text("[safe]\n\tdirectory = *\n")
    return {
        "KUBECONFIG": str(cluster.kubeconfig),
        "ARGOCD_FAKE_IN_CLUSTER": "true",  # kubernetes.default.svc means that kubeconfig
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_TLS_DATA_PATH": str(folder / "tls"),
        "ARGOCD_SSH_DATA_PATH": str(folder / "ssh"),
        "ARGOCD_ASK_PASS_SOCK": str(folder / "ask.sock"),
        "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
        "TMPDIR": str(folder / "tmp"),
        "PATH": os.pathsep.join([str(folder / "bin"), os.environ.get("PATH", os.defpath)]),
    }


def _start(cluster: Cluster, program: str, environ: dict[str, str]) -> None:
    with locked(cache() / "ports.lock"):
        redis, repo, *metrics = _free_ports(4)
        redis_at, repo_at = f"127.0.0.1:{redis}", f"127.0.0.1:{repo}"
        here = ["--metrics-address", "127.0.0.1"]
        processes = {
            "redis": [redis_at],
            "repo-server": [
                *("--address", "127.0.0.1", "--port", str(repo), "--redis", redis_at),
                *("--metrics-port", str(metrics[0]), *here),
                *("--disable-tls", "--client-ca-path="),  # its default is refused without TLS
            ],
            "application-controller": [
                *("--namespace", NAMESPACE, "--kubeconfig", str(cluster.kubeconfig)),
                *("--redis", redis_at, "--repo-server", repo_at, "--repo-server-plaintext"),
                *("--metrics-port", str(metrics[1])),
                "--persist-resource-health",  # else each resource's health is only in Redis
            ],
        }
        for name, words in processes.items():
            start(cluster.folder, [program, name, *words], f"argocd/{name}.log", environ=environ)
            if (port := {"redis": redis, "repo-server": repo}.get(name)) is not None:
                until(partial(_answers, port), f"Argo CD's {name} answers", START_SECONDS)


def _free_ports(count: int) -> list[int]:
    with_sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in with_sockets]
    for one in with_sockets:
        one.close()
    return ports


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
