"""The model volume: whether it is there, and whether a run may write where it must."""

from pathlib import Path

from sbert_trainer.errors import StorageError


def check_present(models: Path) -> None:
    """Raise StorageError if there is no volume."""
    if not models.is_dir():
        raise StorageError(f"{models}: there is no model volume")


def check_within(folder: Path, models: Path) -> None:
    """Raise StorageError if a link on the way to `folder` leads out of the volume."""
    if not folder.resolve().is_relative_to(models.resolve()):
        raise StorageError(f"{folder}: a link that leads out of the model volume")


def check_writable(folder: Path, models: Path, run_key: str) -> None:
    """Raise OSError as the training would, if it could not make `folder` or write into it.

    Nothing is left behind: what is made to try is removed at once, or by the next check of the run
    if this one is killed in between.
    """
    check_within(folder, models)
    wanted = folder
    while not wanted.parent.exists():
        wanted = wanted.parent
    probe = (folder if folder.exists() else wanted.parent) / f".preflight-{run_key}"
    try:
        probe.mkdir(exist_ok=True)
        probe.rmdir()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(wanted)) from error
