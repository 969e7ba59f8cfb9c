"""The process of a cluster's node agent: start, end, find.

Killing it must leave its pods running; that is what the agent promises, and tests rely on it.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import DevClusterError
from .processes import is_marked, kill_marked, start

if TYPE_CHECKING:
    import signal
    from pathlib import Path

NODE = "process-node"


@dataclass(frozen=True)
class Agent:
    """The node agent of the cluster in `folder`."""

    folder: Path
    kubeconfig: Path
    bwrap: Path
    gpus: int = 0

    @property
    def state(self) -> Path:
        """The agent's folder: what it must find again after a restart."""
        return self.folder / "node"

    def pod_folder(self, uid: str) -> Path:
        """Return the folder of a pod's runs: <container>/<number>/{info,log,termination,exit}."""
        return self.state / "pods" / uid

    def start(self) -> None:
        """Start the agent, which adopts the pods that an earlier one has left."""
        words = [sys.executable, "-m", "devcluster.processnode", "--name", NODE]
        words += ["--kubeconfig", str(self.kubeconfig), "--state", str(self.state)]
        words += ["--bwrap", str(self.bwrap), "--gpus", str(self.gpus)]
        self._pid_file.write_text(str(start(self.folder, words, "agent.log")))

    @property
    def pid(self) -> int:
        """The process id of the agent that was started last."""
        return int(self._pid_file.read_text())

    def running(self) -> bool:
        """Return whether the agent's process runs."""
        return self._pid_file.exists() and is_marked(self.pid, self.folder)

    def end(self, number: signal.Signals, seconds: float = 10.0) -> None:
        """Signal the agent and wait for its end. SIGTERM ends its pods too, SIGKILL does not."""
        kill_marked(self.pid, self.folder, number)
        deadline = time.monotonic() + seconds
        while self.running():
            if time.monotonic() > deadline:
                raise DevClusterError(f"the node agent does not end within {seconds:g} s")
            time.sleep(0.01)

    @property
    def _pid_file(self) -> Path:
        return self.folder / "agent.pid"
