"""How much memory a container uses, and how much it may."""

from __future__ import annotations

from pathlib import Path

_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_DECIMAL = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def bytes_of(quantity: str) -> float:
    """Return a Kubernetes quantity (`512Mi`, `1.5G`, `1024`) in bytes."""
    for unit, factor in (_BINARY | _DECIMAL).items():
        if quantity.endswith(unit):
            return float(quantity.removesuffix(unit)) * factor
    return float(quantity)


def resident(pid: int | None) -> int:
    """Return the anonymous memory of a process and its descendants in bytes.

    Mapped files (a model's weights) belong to the page cache and are not counted.
    """
    if pid is None:
        return 0
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        tasks = Path(f"/proc/{pid}/task").glob("*/children")
        children = [int(child) for path in tasks for child in path.read_text().split()]
    except OSError:
        return 0
    own = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon")), 0)
    return own + sum(resident(child) for child in children)
