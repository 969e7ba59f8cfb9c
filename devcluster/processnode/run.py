"""One run of one container: a shim, bubblewrap in it, the command in that. It survives the agent.

A run is a folder. Only one shim can create `pid`, so starting a run twice starts one process; the
shim writes `exit` when the command has ended. Everything about a run can be read from its folder by
whichever agent is alive, so an adopted run and an own run are the same thing.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from pathlib import Path

# $1: the folder. `ln` is atomic and fails where `pid` exists. bwrap writes the command's pid (as we
# see it) to fd 3.
_SHIM = """
cd "$1" && echo $$ > pid.$$ && ln pid.$$ pid || exit 0; shift
"$@" 3> info > log 2>&1 < /dev/null
echo $? > exit.part; mv exit.part exit
"""
LOST = 137  # what a kubelet reports for a container that it cannot find any more


class Run:
    """One attempt at a container, seen through its folder."""

    def __init__(self, folder: Path) -> None:
        """Look at `folder`, which need not exist yet."""
        self.folder = folder

    @property
    def started(self) -> bool:
        """Whether a shim has taken the run."""
        return (self.folder / "pid").exists()

    @property
    def started_at(self) -> float:
        """When, in seconds of the epoch."""
        return (self.folder / "pid").stat().st_mtime

    @property
    def exit_code(self) -> int | None:
        """The command's exit code, None while it runs."""
        try:
            return int((self.folder / "exit").read_text())
        except FileNotFoundError:
            if self._shim_alive():
                return None
        try:  # the shim may have ended between the two looks
            return int((self.folder / "exit").read_text())
        except FileNotFoundError:
            return LOST

    @property
    def refused(self) -> bool:
        """Whether bubblewrap itself gave up: a missing mount source, or no such command."""
        return self.exit_code == 1 and (self.folder / "log").read_bytes()[:7] == b"bwrap: "

    @property
    def lost(self) -> bool:
        """Whether nobody saw the end."""
        return self.exit_code == LOST and not (self.folder / "exit").exists()

    @property
    def finished_at(self) -> float:
        """When the run ended, in seconds of the epoch."""
        path = self.folder / "exit"
        return (path if path.exists() else self.folder / "pid").stat().st_mtime

    @property
    def command_pid(self) -> int | None:
        """The command's process id on this machine, None before it has started."""
        try:
            return int(json.loads((self.folder / "info").read_text())["child-pid"])
        except (OSError, ValueError):
            return None

    def start(self, command: list[str]) -> None:
        """Start the shim; idempotent. Its session is its own: a Ctrl-C at the agent is not its."""
        process = subprocess.Popen(
            ["/bin/sh", "-c", _SHIM, "shim", str(self.folder), *command],
            start_new_session=True,
            stderr=subprocess.DEVNULL,
        )
        asyncio.get_running_loop().run_in_executor(None, process.wait)  # reap it

    def prepare(self) -> Path:
        """Make the folder; return the file for the termination message."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "termination").touch()
        return self.folder / "termination"

    def forge_lost(self) -> None:
        """Make it look like a run whose end nobody saw."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, content in (("pid", "0"), ("log", ""), ("termination", "")):
            (self.folder / name).write_text(content)

    async def wait(self) -> int:
        """Wait for the end, whoever started the run; return the exit code."""
        while not self.started:
            await asyncio.sleep(0.005)
        while (code := self.exit_code) is None:
            await self._shim_ended()
        return code

    async def _shim_ended(self) -> None:
        """A pidfd becomes readable when its process ends; the process need not be our child."""
        try:
            descriptor = os.pidfd_open(self._pid())
        except ProcessLookupError:
            return
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)

    def signal(self, number: signal.Signals) -> None:
        """Signal the command itself. SIGKILL takes its whole PID namespace."""
        if not self._shim_alive():
            return
        pid = self.command_pid
        if pid is None and number == signal.SIGKILL:
            pid = self._pid()  # bubblewrap is not that far yet, and dies with the shim
        if pid is not None:
            os.kill(pid, number)

    def _pid(self) -> int:
        return int((self.folder / "pid").read_text())

    def _shim_alive(self) -> bool:
        """A recycled pid is told apart by its command line, which names the folder."""
        try:
            line = Path(f"/proc/{self._pid()}/cmdline").read_bytes()
        except (OSError, ValueError):
            return False
        return b"\0" + str(self.folder).encode() + b"\0" in line


def all_runs(folder: Path) -> list[Run]:
    """Return the runs of a container, oldest first."""
    return [Run(path) for path in sorted(folder.glob("[0-9]*"), key=lambda path: int(path.name))]
