"""Only what was started for a cluster is ended, and all of it."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

from devcluster.cluster import until
from devcluster.processes import (
    MARK,
    end_all,
    is_marked,
    kill_marked,
    marked_processes,
    start,
)

if TYPE_CHECKING:
    from pathlib import Path

CHILD_TOO = ["/bin/sh", "-c", "sleep 60 & sleep 60; true"]


def test_every_process_and_its_children_are_ended(tmp_path: Path) -> None:
    start(tmp_path, CHILD_TOO, "log")
    until(lambda: len(marked_processes(tmp_path)) == 3, "shell and two sleeps run")
    assert end_all(tmp_path) == 3
    assert marked_processes(tmp_path) == []


def test_process_of_another_cluster_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    pid = start(other, ["sleep", "60"], "log")
    until(lambda: is_marked(pid, other), "it runs")
    assert end_all(tmp_path) == 0
    kill_marked(pid, tmp_path, signal.SIGKILL)
    assert is_marked(pid, other)
    assert end_all(other) == 1


def test_naming_the_folder_on_a_command_line_is_no_mark(tmp_path: Path) -> None:
    words = ["sleep", "60", f"{MARK}={tmp_path}"]
    with subprocess.Popen(["sh", "-c", 'exec sleep 60 || "$@"', *words]) as process:
        assert end_all(tmp_path) == 0
        assert process.poll() is None
        process.kill()


def test_output_goes_to_the_log(tmp_path: Path) -> None:
    start(tmp_path, ["echo", "hello"], "log")
    until(lambda: (tmp_path / "log").read_text() == "hello\n", "the line is there")
