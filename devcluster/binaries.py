"""Finds the programs of the control plane, or builds them from their Go modules.

Decided here and nowhere else: a folder that SBERT_DEVCLUSTER_BIN names, then the cache, then PATH
if the version is right, then `go build`. A build is checked against go.sum, so it must never take a
program that was merely downloaded.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from .errors import DevClusterError
from .gobuild import go_build
from .locking import locked
from .paths import bin_folder, cache
from .versions import COMPONENTS, Component

FOLDER_VARIABLE = "SBERT_DEVCLUSTER_BIN"
_VERSION_WORDS = {
    "kubectl": ["version", "--client"],
    "helm": ["version", "--short"],
    "kube-score": ["version"],
}
Binaries = dict[str, Path]
"""Program -> its file."""
Report = Callable[[str], None]
"""Shows a line to a person."""


def find_binaries() -> Binaries:
    """Return all programs, building none. Raises DevClusterError if one is missing."""
    found: Binaries = {}
    for component in COMPONENTS:
        if (programs := find(component)) is None:
            raise DevClusterError(
                f"{component.name} {component.version} is not there. Run `make setup` once."
            )
        found |= programs
    return found


def provide(component: Component, report: Report) -> Binaries:
    """Return the component's programs, built if need be. Raises DevClusterError."""
    with locked(cache() / f"{component.name}.lock"):
        return find(component) or _build(component, report)


def find(component: Component) -> Binaries | None:
    """Return the component's programs from the first place that has them all."""
    places = [bin_folder(component.name, component.version)]
    if named := os.environ.get(FOLDER_VARIABLE):
        places.insert(0, Path(named))
    for place in places:
        programs = {name: place / name for name in component.packages}
        if all(os.access(path, os.X_OK) for path in programs.values()):
            return programs
    return _on_path(component)


def _on_path(component: Component) -> Binaries | None:
    found: Binaries = {}
    for name in component.packages:
        path = shutil.which(name)
        if path is None or not prints_version(Path(path), component.version):
            return None
        found[name] = Path(path)
    return found


def prints_version(program: Path, version: str) -> bool:
    """Return whether the program says that it is of this version (`v1.2.3`)."""
    words = [str(program), *_VERSION_WORDS.get(program.name, ["--version"])]
    try:
        said = subprocess.run(words, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    first_words = said.stdout.replace("+", " ").split()
    return version in first_words or version.removeprefix("v") in first_words


def _build(component: Component, report: Report) -> Binaries:
    """Build into a folder of its own, then move: an interrupted build leaves no half program."""
    if (go := shutil.which("go")) is None:
        raise DevClusterError(
            f"{component.name} {component.version} is neither in {FOLDER_VARIABLE} nor in the cache"
            " nor on PATH, and there is no Go to build it. Install Go 1.26 or newer"
            " (https://go.dev/dl), or put the programs into a folder that the variable names."
        )
    target = bin_folder(component.name, component.version)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as part:
        go_build(go, component, Path(part), report)
        for name in component.packages:
            (Path(part) / name).rename(target / name)
    return {name: target / name for name in component.packages}
