"""Starts the server and sends it trials."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.trainer.crash.small_volumes import volumes_of
from tests.trainer.crash.trial import Trial

_REPOSITORY = Path(__file__).parents[3]


@dataclass(frozen=True)
class ForkServer:
    """A running server. Trials may be run from several threads at once."""

    folder: Path
    no_mounts: str
    """Why processes under test cannot mount anything; empty if they can."""
    process_id: int

    @property
    def small_volumes(self) -> list[Path]:
        """File systems with little room that only processes under test see, as seen from here."""
        return [self._root / str(folder)[1:] for folder in volumes_of(self.folder)]

    @property
    def _root(self) -> Path:
        return Path(f"/proc/{self.process_id}/root")

    def run(self, trial: Trial) -> int:
        """The exit code of the trial's process; the negative number of a signal that ended it."""
        if trial.models_folder:
            seen_there = Path("/") / trial.models_folder.relative_to(self._root)
            trial = replace(trial, models_folder=seen_there)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.folder / "socket"))
            connection.sendall(trial.to_json().encode() + b"\n")
            with connection.makefile() as answer:
                return int(answer.readline())


@contextmanager
def fork_server(folder: Path) -> Iterator[ForkServer]:
    """A server that works in `folder`, which has a short path, as sockets need."""
    command = [sys.executable, "-m", "tests.trainer.crash.server", str(folder)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    with subprocess.Popen(
        command, cwd=_REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready, "the fork server did not start"
        try:
            yield ForkServer(folder, json.loads(ready), process.pid)
        finally:
            process.terminate()
