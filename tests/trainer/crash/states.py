"""Keeps what lies on a trial's model volume at many moments: before each file operation, say.

A SIGKILL at a moment leaves just that, so one run shows what a kill at any of them would leave. The
trial's process stops itself, all of its threads with it, and goes on when its volume was copied. A
state that is as it was at the moment before is kept once: an fsync changes nothing that a kill
could lose.
"""

import os
import signal
import subprocess
from hashlib import sha256
from pathlib import Path

from tests.trainer.crash.trial import Trial

_State = dict[Path, tuple[int, bytes]]
"""Mode, and digest of the content, of everything on the volume."""


def stop_for_a_copy() -> None:
    """Stop this process until its parent has copied what it wants."""
    os.kill(os.getpid(), signal.SIGSTOP)


def outcome(child: int, trial: Trial) -> int:
    """The exit code of a trial's process, the negative number of a signal that ended it.

    Each time that the process stops itself, the state is kept.
    """
    number, before = 0, None
    while True:
        _, status = os.waitpid(child, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        number += 1
        now = _state(trial)
        if now != before:
            _keep(trial, number)
        before = now
        os.kill(child, signal.SIGCONT)


def kept(trial: Trial) -> list[int]:
    """The numbers, from 1, of the moments at which the state was another than at the one before."""
    return sorted(int(folder.name) for folder in trial.states.iterdir())


def _keep(trial: Trial, number: int) -> None:
    folder = trial.states / str(number)
    folder.mkdir(parents=True)
    subprocess.run(["cp", "--archive", *map(str, _roots(trial)), str(folder)], check=True)


def _state(trial: Trial) -> _State:
    found = (path for root in _roots(trial) for path in (root, *root.rglob("*")))
    return {path: (path.lstat().st_mode, _content(path)) for path in found}


def _roots(trial: Trial) -> list[Path]:
    """The volume, and what was written for the operator."""
    return [path for path in (trial.models, trial.log) if path.exists()]


def _content(path: Path) -> bytes:
    if path.is_symlink():
        return os.fsencode(path.readlink())
    return sha256(path.read_bytes()).digest() if path.is_file() else b""
