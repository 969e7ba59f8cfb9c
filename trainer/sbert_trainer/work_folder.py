"""The folder `<models>/.work/<task uid>/<run key>` in which a run prepares what it publishes.

It outlives an attempt: the lock keeps a second trainer out, the clock adds up the attempts' time,
the checkpoints and the files that belong to them let the next attempt go on. Everything else in it
belongs to one attempt and is removed at its end, or at the start of the next.
"""

import contextlib
import fcntl
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sbert_api.exit_codes import PERMANENT_CODES
from sbert_trainer.errors import OutputLockedError, TrainerError
from sbert_trainer.files import sync
from sbert_trainer.volume import check_present, check_within

_LOCK = "lock"
_CLOCK = "clock"
_CHECKPOINTS = "checkpoints"
_MODEL = "model"
_EPOCHS = "epochs"


def path_of_work(models: Path, uid: str, run_key: str) -> Path:
    """Where a run's work folder is, or would be."""
    return models / ".work" / uid / run_key


class WorkFolder:
    """One run's work folder, locked as long as this process lives, or to the end of the block."""

    def __init__(self, models: Path, uid: str, run_key: str) -> None:
        """Create and lock the folder, and clear it. Raises OutputLockedError, StorageError."""
        check_present(models)
        self.path = path_of_work(models, uid, run_key)
        self.path.mkdir(parents=True, exist_ok=True)
        check_within(self.path, models)
        self._lock = _locked(self.path / _LOCK)
        for folder in (self.path, *self.path.parents[:3]):
            sync(folder)  # else a power cut takes it away with all checkpoints that will be in it
        self._clear()

    @property
    def model(self) -> Path:
        """Where the model is put together before it is published."""
        return self.path / _MODEL

    @property
    def epochs(self) -> Path:
        """Where in it the models of single epochs are put, long before the others files."""
        return self.model / _EPOCHS

    @property
    def checkpoints(self) -> Path:
        """Where the checkpoints are."""
        return self.path / _CHECKPOINTS

    @property
    def clock(self) -> Path:
        """The file with the seconds that all attempts have used."""
        return self.path / _CLOCK

    @property
    def begun(self) -> datetime:
        """When the run's first attempt began: the lock file was made then and not changed since."""
        return datetime.fromtimestamp(os.fstat(self._lock).st_mtime, UTC)

    def __enter__(self) -> Self:
        """The folder is there and locked already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave what the next attempt needs, if there is to be one, and unlock the folder."""
        self.leave(error)
        os.close(self._lock)

    def leave(self, error: BaseException | None) -> None:
        """End the attempt: nothing is left of a run that is over, else what the next one needs.

        What cannot be deleted stays; it is only rubbish. `.work` itself always stays: another
        trainer may be about to make its folder in it.
        """
        over = isinstance(error, TrainerError) and error.exit_code in PERMANENT_CODES
        if error is not None and not over:
            self._clear()
            return
        shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):  # another run's folder is in it
            self.path.parent.rmdir()

    def _clear(self) -> None:
        _keep_only(self.path, {_LOCK, _CLOCK, _CHECKPOINTS, _MODEL})
        if self.model.is_dir():
            _keep_only(self.model, {_EPOCHS})
            with contextlib.suppress(OSError):  # epochs are in it
                self.model.rmdir()


def _keep_only(folder: Path, names: set[str]) -> None:
    """Remove all entries but these; links too, for none is ever put there."""
    for entry in folder.iterdir():
        if entry.is_symlink() or (entry.is_file() and entry.name not in names):
            entry.unlink()
        elif entry.name not in names:
            shutil.rmtree(entry, ignore_errors=True)


def _locked(path: Path) -> int:
    """An open, exclusively locked file. The kernel unlocks it when the process ends, however."""
    while True:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o660)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(number)
            raise OutputLockedError(f"{path}: held by another trainer of the same run") from error
        if _is_same_file(number, path):
            return number
        os.close(number)  # its owner has just removed it with the folder: take the new one


def _is_same_file(number: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(number), path.stat())
    except FileNotFoundError:
        return False
