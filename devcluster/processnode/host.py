"""What a pod's life needs of the node it runs on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .api import Api
    from .images import Image


@dataclass(frozen=True)
class Host:
    """The node as its pods see it."""

    api: Api
    name: str
    images: Mapping[str, Image]
    pods: Path
    """Folder that holds a folder for each pod, named by its uid."""
    service: tuple[str, str]
    """Host and port of the API server."""
    bwrap: str
    """The bubblewrap program."""


def pod_address(uid: str) -> str:
    """Return an own loopback address for a pod, out of 127.64.0.0/10.

    Pods share the machine's network, so a server binds to its status.podIP. A hash needs no book
    that several clusters on one machine would have to share.
    """
    a, b, c, *_ = hashlib.sha256(uid.encode()).digest()
    return f"127.{64 + a % 64}.{b}.{c}"
