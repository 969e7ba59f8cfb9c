"""Brings a whole dev cluster up: control plane, node agent; and takes it down again."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from .agent import Agent
from .binaries import find_binaries
from .bubblewrap import check_works, find_bubblewrap
from .cluster import Cluster
from .controlplane import ControlPlane, start_control_plane
from .errors import DevClusterError
from .paths import DEVCLUSTER, cluster_folder
from .processes import marked_processes
from .takedown import take_down

if TYPE_CHECKING:
    from collections.abc import Iterator

AUDIT_POLICY = DEVCLUSTER / "audit-policy.yaml"


@contextlib.contextmanager
def dev_cluster(name: str = "test", *, gpus: int = 0, audit: bool = False) -> Iterator[Cluster]:
    """Yield a cluster that is this process's own: it ends with the block, or with the process.

    `audit`: write who did what to `cluster.plane.audit_log`. Raises DevClusterError.
    """
    reader, writer = os.pipe()
    try:
        cluster = up(name, gpus=gpus, audit=audit, owner=reader)
        try:
            yield cluster
        finally:
            take_down(cluster.folder)
    finally:
        os.close(writer)
        os.close(reader)


def up(name: str, *, gpus: int = 0, audit: bool = False, owner: int | None = None) -> Cluster:
    """Start the cluster `name` and wait until its node is ready. Raises DevClusterError.

    Nothing is left behind if it fails. `owner`: see start_control_plane.
    """
    folder = cluster_folder(name)
    if marked_processes(folder):
        raise DevClusterError(
            f"cluster {name} is already up, or being started."
            f" Use it, or take it down: `.venv/bin/python -m devcluster down --name {name}`."
        )
    binaries = find_binaries()
    if (bwrap := find_bubblewrap()) is None:
        raise DevClusterError("bubblewrap is not there. Run `make setup` once.")
    check_works(bwrap)
    take_down(folder)  # what an earlier cluster has left
    try:
        policy = AUDIT_POLICY if audit else None
        plane = start_control_plane(folder, binaries, policy, owner)
        (folder / "gpus").write_text(str(gpus))
        cluster = Cluster(folder, binaries, Agent(folder, plane.kubeconfig, bwrap, gpus))
        cluster.agent_start()
    except BaseException:
        take_down(folder)
        raise
    return cluster


def open_cluster(name: str) -> Cluster:
    """Return the cluster `name` that is up. Raises DevClusterError if it is not."""
    folder = cluster_folder(name)
    if not is_up(folder):
        raise DevClusterError(
            f"cluster {name} is not up."
            f" Start it: `.venv/bin/python -m devcluster up --name {name}`."
        )
    gpus = int((folder / "gpus").read_text())
    bwrap = find_bubblewrap() or Path("bwrap")
    agent = Agent(folder, ControlPlane(folder).kubeconfig, bwrap, gpus)
    return Cluster(folder, find_binaries(), agent)


def is_up(folder: Path) -> bool:
    """Return whether the cluster in `folder` has been started and not ended since."""
    return (folder / "gpus").exists() and bool(marked_processes(folder))
