"""What a real node asks of the machine, and what it gets from the system's package archive."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from ..debian import unpack_packages
from ..errors import DevClusterError
from ..locking import locked
from ..paths import cache

FREE_GIGABYTES = 30
"""The trainer's image is kept three times: as built, in the registry, unpacked by the node."""
_RUNTIME = ["containerd", "runc", "containernetworking-plugins"]
_INSTALLED = {"buildah": "buildah", "debootstrap": "debootstrap", "iptables": "iptables"}
"""Program -> package."""
_BY_HAND = "A real node needs Debian's or Ubuntu's packages."


def what_is_missing() -> str:
    """Return a sentence about why this machine cannot be a node; empty if it can."""
    if os.geteuid() != 0:
        return "a real node needs root: it mounts, makes namespaces and cgroups"
    if "overlay" not in Path("/proc/filesystems").read_text():
        return "a real node needs overlayfs, which this kernel has not"
    if not shutil.which("apt-get"):
        return "a real node takes containerd, runc and buildah from apt, which is not here"
    free = shutil.disk_usage(_existing(cache())).free // 2**30
    if free < FREE_GIGABYTES and not (cache() / "node" / "registry").exists():
        return f"a real node needs {FREE_GIGABYTES} GB for images; {free} GB are free in {cache()}"
    return ""


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def provide_runtime() -> Path:
    """Return the folder into which containerd, runc and the network's plugins were unpacked."""
    target = cache() / "node" / "runtime"
    with locked(cache() / "node-runtime.lock"):
        if not (target / "usr" / "sbin" / "runc").exists():
            unpack_packages(_RUNTIME, target, _BY_HAND)
    return target


def install_builders() -> None:
    """Install what builds images and routes packets. Raises DevClusterError."""
    missing = [package for program, package in _INSTALLED.items() if not shutil.which(program)]
    if not missing:
        return
    words = ["apt-get", "install", "-qy", "--no-install-recommends", *missing]
    for command in (["apt-get", "-q", "update"], words):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DevClusterError(f"`{' '.join(words)}` failed: {done.stderr.strip()}. {_BY_HAND}")
