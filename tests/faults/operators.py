"""Operators forked from a process that has loaded everything: they start in no time."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from multiprocessing.process import BaseProcess
from pathlib import Path

import yaml

from tests.faults import seeded_bugs

REQUEST_SECONDS = 2.0
RESYNC_SECONDS = 3.0
PRELOADED = ["sbert_operator.process", "sbert_operator.settings", "tests.faults.operators"]
_context = multiprocessing.get_context("forkserver")


def preload() -> None:
    """Load the operator in the process from which operators are forked."""
    _context.set_forkserver_preload(PRELOADED)


def run(folder: Path, namespace: str, bug: str) -> None:
    """The operator of one namespace, through the proxy that its kubeconfig names.

    It is ours in all but two times: requests give up sooner and lists come more often, so that a
    hanging one costs a case seconds, not minutes.
    """
    from sbert_operator import __main__, application, client, resync  # noqa: PLC0415

    log = os.open(folder / "operator.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    os.environ["KUBECONFIG"] = str(folder / "kubeconfig")
    defaults = client.Client.__init__.__kwdefaults__
    assert defaults
    defaults["seconds"] = REQUEST_SECONDS
    resync.Resync.__init__.__defaults__ = (RESYNC_SECONDS, RESYNC_SECONDS)
    assert application
    seeded_bugs.plant(bug)
    words = ["--trainer-image=t:1", "--preflight-image=p:1", f"--watch-namespaces={namespace}"]
    sys.exit(__main__.main([*words, "--bind-address=127.0.0.1", "--port=0"]))


class OperatorProcess:
    """The operator of one case, which case and proxy may kill and start again."""

    def __init__(self, folder: Path, namespace: str, port: int, bug: str = "") -> None:
        self.folder, self.namespace, self.bug = folder, namespace, bug
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "kubeconfig").write_text(kubeconfig(port))
        self._process: BaseProcess | None = None
        self._changes = threading.RLock()

    def start(self) -> None:
        """Start it."""
        with self._changes:
            self._process = _context.Process(
                target=run, args=(self.folder, self.namespace, self.bug), daemon=True
            )
            self._process.start()

    def kill(self) -> None:
        """SIGKILL it, and wait until it is gone."""
        with self._changes:
            if self._process:
                self._process.kill()
                self._process.join(timeout=10)

    def kill_and_start(self) -> None:
        """What Kubernetes does with a container that was killed."""
        with self._changes:
            self.kill()
            self.start()

    def keep_alive(self) -> None:
        """Start it again if it has ended by itself."""
        with self._changes:
            if self._process and not self._process.is_alive():
                self.start()


def kubeconfig(port: int) -> str:
    """For the proxy at a port, which knows by itself who may do what."""
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "proxy",
            "clusters": [{"name": "proxy", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
            "users": [{"name": "operator", "user": {"token": "of-nobody"}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "operator"}}],
        }
    )
