"""A process that has imported all that the trainer needs and forks a child for each trial.

Loading torch takes seconds, a fork milliseconds. Nothing here may start a thread: a child has only
the thread that forked it.

    python -m tests.trainer.crash.server FOLDER
"""

import gc
import json
import os
import signal
import socketserver
import sys
import traceback
from pathlib import Path

from tests.trainer.crash import kernel
from tests.trainer.crash.small_volumes import volumes_of
from tests.trainer.crash.states import outcome
from tests.trainer.crash.trial import Trial

_VOLUME_BYTES = 8 * 2**20
_VOLUME_NAMES = 2000
_SECONDS = 100
"""A trial that takes longer ends by SIGALRM."""


class _Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    """Serves as long as the process that started it lives."""

    parent = os.getppid()

    def service_actions(self) -> None:
        super().service_actions()
        if os.getppid() != self.parent:
            sys.exit()


class _Handler(socketserver.StreamRequestHandler):
    """Runs in a process of its own: forks the trial, waits for it and says how it ended."""

    def handle(self) -> None:
        request = self.rfile.readline().decode()
        child = os.fork()
        if not child:
            _become_trainer(request)
        code = outcome(child, Trial.from_json(request))
        self.wfile.write(json.dumps(code).encode() + b"\n")


def _become_trainer(request: str) -> None:
    from tests.trainer.crash.child import run  # noqa: PLC0415 - loads torch

    try:
        signal.alarm(_SECONDS)
        os._exit(run(Trial.from_json(request)))
    except BaseException:
        traceback.print_exc()
        os._exit(99)


def _make_small_volumes(folder: Path) -> str:
    """Mount small file systems, or say why there are none."""
    try:
        kernel.own_mounts()
        for volume in volumes_of(folder):
            volume.mkdir()
            kernel.mount_memory(volume, _VOLUME_BYTES, _VOLUME_NAMES)
    except OSError as error:
        return f"this machine lets no test mount a file system of its own ({error})"
    return ""


def main() -> None:
    """Say what is not possible here, as JSON, then serve."""
    folder = Path(sys.argv[1])
    trouble = _make_small_volumes(folder)
    from tests.trainer.crash import child  # noqa: PLC0415 - a namespace needs one thread

    child.warm()
    gc.freeze()  # a child's collections need not look at what was imported: 0.9 s become 0.3 s
    with _Server(str(folder / "socket"), _Handler) as server:
        print(json.dumps(trouble), flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
