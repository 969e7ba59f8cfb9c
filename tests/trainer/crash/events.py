"""What happens in a process under test when its moment has come."""

import errno
import itertools
import os
import signal
from collections.abc import Callable
from functools import partial

from tests.trainer.crash.trial import Event, Trial

FILLER = "filler"
"""Below the model volume: what fills it. A test makes room again by removing it."""


def happen(trial: Trial) -> None:
    """Let the trial's event happen."""
    _EVENTS[trial.event](trial)


def _kill(trial: Trial) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _terminate(trial: Trial) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _terminate_and_hold(trial: Trial) -> None:
    _terminate(trial)
    signal.pause()


def _fill(trial: Trial) -> None:
    with (trial.models / FILLER).open("wb", buffering=0) as file:
        _until_full(partial(file.write, b"\0" * 4096))


def _fill_names(trial: Trial) -> None:
    folder = trial.models / FILLER
    folder.mkdir()
    numbers = itertools.count()

    def touch() -> None:
        (folder / str(next(numbers))).touch()

    _until_full(touch)


def _until_full(write: Callable[[], object]) -> None:
    """Write until nothing more fits. Raises what is raised for another reason."""
    while True:
        try:
            write()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return


_EVENTS: dict[Event, Callable[[Trial], None]] = {
    "killed": _kill,
    "terminated": _terminate,
    "held": _terminate_and_hold,
    "full": _fill,
    "full of names": _fill_names,
}
