"""Where things lie: this checkout, the cache that all checkouts share, the clusters' folders."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .errors import DevClusterError

CHECKOUT = Path(__file__).resolve().parents[1]
DEVCLUSTER = CHECKOUT / "devcluster"
CLUSTERS = CHECKOUT / ".devcluster"
"""Holds a folder for each cluster, named like it."""
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?")


def cluster_folder(name: str) -> Path:
    """Return the folder of the cluster `name`. Raises DevClusterError if that is no name.

    The folder is removed with the cluster, so it must never lie anywhere else.
    """
    if not _NAME.fullmatch(name):
        raise DevClusterError(
            f"a cluster's name consists of a-z, 0-9 and -, at most 42 characters; found {name!r}."
        )
    return CLUSTERS / name


def cache() -> Path:
    """Return the folder for what is made once and kept: programs and the base model."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "sbert-operator"


def bin_folder(component: str, version: str) -> Path:
    """Return where the cache keeps the programs of a component."""
    return cache() / "bin" / f"{component}-{version}"
