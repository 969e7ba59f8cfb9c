"""Gets packages from the system's archive as an ordinary user and unpacks them into a folder.

It must never install anything into the system.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from .errors import DevClusterError


def unpack_packages(packages: list[str], target: Path, by_hand: str) -> None:
    """Replace `target` by what the packages hold. DevClusterError ends in `by_hand`."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise DevClusterError(f"{packages[0]} is neither on PATH nor in the cache. {by_hand}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as work:
        folder = Path(work)
        for file in _download(packages, folder, by_hand):
            _run(folder, by_hand, "dpkg-deb", "-x", str(file), str(folder / "root"))
        shutil.rmtree(target, ignore_errors=True)
        (folder / "root").rename(target)


def _download(packages: list[str], folder: Path, by_hand: str) -> list[Path]:
    """Use apt with its state in `folder`; its lists are fetched only where there are none."""
    private = ["-o", f"Dir::State={folder}", "-o", f"Dir::Cache={folder}"]
    private += ["-o", "Dir::State::status=/var/lib/dpkg/status"]
    private += ["-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User="]
    for options in ([], private):
        if options:
            for name in ("lists/partial", "archives/partial"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            _run(folder, by_hand, "apt-get", *options, "-q", "update")
        words = ["apt-get", *options, "-q", "download", *packages]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        files = list(folder.glob("*.deb"))
        if len(files) == len(packages):
            return files
    raise DevClusterError(f"apt-get could not download {packages}: {done.stderr}. {by_hand}")


def _run(folder: Path, by_hand: str, *words: str) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DevClusterError(f"`{' '.join(words)}` failed: {done.stderr.strip()}. {by_hand}")
