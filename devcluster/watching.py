"""Shows what `kubectl get -w` prints until a task has ended. It must never wait for ever."""

from __future__ import annotations

import subprocess
import threading
import time
from typing import TYPE_CHECKING

from .errors import DevClusterError
from .gobuild import minutes
from .start import is_up

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .cluster import Cluster

MOST_SECONDS = 15 * 60.0
PAUSE_SECONDS = 1.0


def watch_until_ended(
    cluster: Cluster, task: str, namespace: str, seconds: float = MOST_SECONDS
) -> None:
    """Print the tasks of a namespace as they change, until `task` is Done or Failed.

    kubectl's watch ends when the API server does; it is started again, for `seconds` in all.
    Raises DevClusterError if the task has not ended then, or the cluster is taken down meanwhile.
    """
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if _watch(cluster, task, namespace, left):
            return
        if not is_up(cluster.folder):
            raise DevClusterError("the cluster has been taken down while the task was running.")
        time.sleep(PAUSE_SECONDS)
    status = cluster.get("trainingtask", task, namespace).get("status", {})
    raise DevClusterError(
        f"the watch ended while the task was {status.get('phase', 'without a phase')}:"
        f" it has not ended within {minutes(seconds)}."
    )


def _watch(cluster: Cluster, task: str, namespace: str, seconds: float) -> bool:
    """Return whether the task had ended when the watch did, after `seconds` at the latest."""
    words = [str(cluster.binary("kubectl")), "get", "trainingtasks", "-n", namespace, "-w"]
    with subprocess.Popen(words, env=cluster.environ, stdout=subprocess.PIPE, text=True) as kubectl:
        assert kubectl.stdout
        timer = threading.Timer(seconds, kubectl.kill)
        timer.start()
        try:
            return _print_until_ended(kubectl.stdout, task)
        finally:
            timer.cancel()
            kubectl.kill()


def _print_until_ended(lines: Iterable[str], task: str) -> bool:
    for line in lines:
        print(line.rstrip(), flush=True)
        if line.split()[:2] in ([task, "Done"], [task, "Failed"]):
            return True
    return False
