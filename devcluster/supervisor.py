"""`python -m devcluster.supervisor FOLDER`: starts components again that have ended.

Controller-manager and scheduler exit when the API server is away; a kubelet would start them again.
With `--owned` it takes the cluster down when its standard input ends, that is with the process that
owns the cluster, however that ends.
"""

from __future__ import annotations

import argparse
import os
import selectors
import sys
import time
from pathlib import Path

from .controlplane import Component, ControlPlane, components
from .processes import is_marked, start
from .takedown import take_down

PERIOD_SECONDS = 1.0


def restart_ended(plane: ControlPlane, watched: list[Component]) -> None:
    """Start each component again whose process is gone."""
    for component in watched:
        file = component.pid_file(plane)
        if file.exists() and not is_marked(int(file.read_text()), plane.folder):
            file.write_text(str(_start(plane, component)))


def _start(plane: ControlPlane, component: Component) -> int:
    print(time.strftime("%T"), component.name, "ended; starting it again", flush=True)
    log = plane.home / "logs" / f"{component.name}.log"
    return start(plane.folder, component.command, str(log))


def supervise(plane: ControlPlane, *, owned: bool) -> None:
    """Look once a second until the cluster's folder or its owner is gone."""
    watched: list[Component] = []
    with selectors.DefaultSelector() as selector:
        if owned:
            selector.register(sys.stdin, selectors.EVENT_READ)
        while plane.folder.exists():
            if selector.select(timeout=PERIOD_SECONDS) and not os.read(sys.stdin.fileno(), 1):
                take_down(plane.folder)
                return
            if plane.started.exists():
                watched = watched or components(plane)  # read once: parsing costs processor time
                restart_ended(plane, watched)


def main() -> None:
    """Supervise one cluster."""
    parser = argparse.ArgumentParser(prog="devcluster.supervisor", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--owned", action="store_true")
    options = parser.parse_args()
    supervise(ControlPlane(options.folder), owned=options.owned)


if __name__ == "__main__":
    main()
