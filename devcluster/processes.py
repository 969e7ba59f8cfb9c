"""Starts processes of a cluster with a mark in their environment, and ends all that bear it.

The mark is the cluster's folder. Children inherit it, so nothing that was started is ever lost,
whatever was killed meanwhile; and a process that was not started for the cluster cannot bear it,
not even under a recycled pid.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .paths import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MARK = "SBERT_DEVCLUSTER_FOLDER"


def marked_environment(folder: Path) -> dict[str, str]:
    """Return this process's environment with the mark of the cluster in `folder`."""
    return {**os.environ, MARK: str(folder), "PYTHONPATH": str(CHECKOUT)}


def start(
    folder: Path,
    words: list[str],
    log: str,
    stdin: int = subprocess.DEVNULL,
    environ: Mapping[str, str] | None = None,
) -> int:
    """Start a marked process that outlives this one; return its pid.

    Its output goes to `log`, a path below `folder`. `environ`: variables beside this process's.
    """
    with (folder / log).open("ab") as output:
        process = subprocess.Popen(
            words,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=marked_environment(folder) | dict(environ or {}),
            start_new_session=True,
        )
    process.returncode = 0  # it is to outlive us: no warning that it still runs
    return process.pid


def marked_processes(folder: Path) -> list[int]:
    """Return the processes that bear the mark of `folder`, but not this one."""
    return [pid for pid in _all_processes() if pid != os.getpid() and is_marked(pid, folder)]


def is_marked(pid: int, folder: Path) -> bool:
    """Return whether the process runs and bears the mark of `folder`. A zombie bears none."""
    try:
        environ = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    return f"{MARK}={folder}".encode() in environ.split(b"\0")


def end_all(folder: Path, seconds: float = 20.0) -> int:
    """Kill every marked process, and those that they start meanwhile; return how many there were.

    Raises TimeoutError if some will not die.
    """
    ended: set[int] = set()
    deadline = time.monotonic() + seconds
    while found := marked_processes(folder):
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes {found} of {folder} do not end")
        for pid in found:
            kill_marked(pid, folder, signal.SIGKILL)
        ended.update(found)
        time.sleep(0.02)
    return len(ended)


def kill_marked(pid: int, folder: Path, number: signal.Signals) -> None:
    """Signal the process if it bears the mark of `folder`. A pidfd cannot be recycled between."""
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            if is_marked(pid, folder):
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)


def _all_processes() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
