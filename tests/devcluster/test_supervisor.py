"""The supervisor starts components again, and costs next to nothing while they run."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import yaml

from devcluster.cluster import until
from devcluster.controlplane import ControlPlane, components
from devcluster.processes import is_marked, kill_marked, start
from devcluster.supervisor import supervise
from devcluster.takedown import take_down

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATION = {"components": [{"name": "etcd", "binary": "sleep", "args": ["60"]}]}


def test_the_configuration_is_read_once(tmp_path: Path) -> None:
    plane = ControlPlane(tmp_path / "cluster")
    for folder in ("pids", "logs"):
        (plane.home / folder).mkdir(parents=True)
    configuration = plane.home / "kwok.yaml"
    configuration.write_text(yaml.safe_dump(CONFIGURATION))
    (etcd,) = components(plane)
    file = etcd.pid_file(plane)
    file.write_text(str(start(plane.folder, etcd.command, "log")))
    plane.started.touch()
    supervisor = threading.Thread(target=supervise, args=[plane], kwargs={"owned": False})
    supervisor.start()
    try:
        _kill(file, plane.folder)
        configuration.write_text("components: []")
        _kill(file, plane.folder)
    finally:
        take_down(plane.folder)
        supervisor.join()


def _kill(file: Path, folder: Path) -> None:
    """Kill the process whose pid is in a file, and wait for its successor."""
    before = int(file.read_text())
    kill_marked(before, folder, signal.SIGKILL)
    until(lambda: int(file.read_text() or before) != before, "it is started again", 10)
    assert is_marked(int(file.read_text()), folder)
