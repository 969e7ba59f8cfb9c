"""File systems with little room, one for each trial that runs at a time: a full one is shared by
all that lies on it."""

from pathlib import Path

COUNT = 2


def volumes_of(folder: Path) -> list[Path]:
    """Where a fork server that works in `folder` mounts them."""
    return [folder / f"volume-{number}" for number in range(COUNT)]
