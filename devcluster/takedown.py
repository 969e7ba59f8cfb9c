"""`python3 -m devcluster.takedown [NAME]`: ends clusters of this checkout; `make down` runs it.

It needs nothing but the standard library: it must also work when the virtual environment is broken
or gone while a cluster still runs.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from typing import TYPE_CHECKING

from .errors import DevClusterError
from .paths import CLUSTERS, cluster_folder
from .processes import end_all

if TYPE_CHECKING:
    from pathlib import Path


def take_down(folder: Path) -> int:
    """End every process of the cluster in `folder` and remove it; return how many there were."""
    ended = end_all(folder)
    shutil.rmtree(folder, ignore_errors=True)
    return ended


def cluster_names() -> list[str]:
    """Return the names of all clusters of this checkout, half-finished ones too."""
    if not CLUSTERS.exists():
        return []
    return sorted(path.name for path in CLUSTERS.iterdir() if path.is_dir())


def take_all_down(name: str | None = None) -> None:
    """Take down one cluster, or all of this checkout, and say so. Raises DevClusterError."""
    names = cluster_names() if name is None else [name]
    if not names:
        print("Nothing to stop: no cluster of this checkout runs.")
    for one in names:
        ended = take_down(cluster_folder(one))
        print(f"cluster {one}: stopped, {ended} processes" if ended else f"cluster {one}: not up")


def main() -> int:
    """Return the exit status: 0, or 1 with a sentence."""
    parser = argparse.ArgumentParser(prog="python3 -m devcluster.takedown", description=__doc__)
    parser.add_argument("name", nargs="?", help="the cluster; default: all of this checkout")
    try:
        take_all_down(parser.parse_args().name)
    except (DevClusterError, TimeoutError) as error:
        print(f"devcluster: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
