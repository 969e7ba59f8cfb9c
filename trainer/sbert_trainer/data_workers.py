"""What to do about processes that prepare batches (dataloaderNumWorkers) and stop doing so."""

import multiprocessing
import re
import signal

from torch.utils.data import DataLoader

from sbert_trainer.errors import InternalError

PATIENCE_SECONDS = 600.0
"""Longest wait for a batch. 65,536 long triplets are tokenized in about 2 minutes on one core."""
_DIED_OR_HUNG = re.compile(r"DataLoader worker \(pid|DataLoader timed out after")
_HINT = (
    "Set dataloaderNumWorkers to 0; or give more memory: workers hand batches over in /dev/shm,"
    " which in a pod counts against resources.limits.memory."
)


def limit_patience(loader: DataLoader[object], seconds: float) -> None:
    """Let iterating over `loader` fail if a batch takes its workers longer than `seconds`."""
    if loader.num_workers:
        loader.timeout = seconds


def data_worker_error(error: RuntimeError) -> InternalError | None:
    """What `error` means if it is torch's word for a worker that died or hangs, else None.

    A worker that died is told from a signal handler, so the error may come from anywhere. All
    workers are killed: at its end Python would wait for one that hangs.
    """
    if not _DIED_OR_HUNG.match(str(error)):
        return None
    # Else torch's handler raises its own error again for each of them, wherever that may be.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for worker in multiprocessing.active_children():
        worker.kill()
    words = str(error).partition("\n")[0].rstrip(". ")
    return InternalError(f"the processes of dataloaderNumWorkers make no batches: {words}", _HINT)
