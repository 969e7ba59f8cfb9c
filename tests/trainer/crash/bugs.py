"""Mistakes that a trainer could have. The tests must find each of them, or they prove nothing."""

import shutil
from collections.abc import Callable
from pathlib import Path

import sbert_trainer.checkpoints
import sbert_trainer.checkpoints_manifest
import sbert_trainer.checkpoints_trainer
import sbert_trainer.files
import sbert_trainer.publish


def put_in(bug: str) -> None:
    """Put the mistake of this name into the trainer of this process."""
    if bug:
        _BUGS[bug]()


def _publish_by_copying() -> None:
    """The model becomes visible file by file."""

    def copy(folder: Path, target: Path, model_id: str) -> None:
        shutil.copytree(folder, target)
        shutil.rmtree(folder)

    sbert_trainer.publish._rename = copy


def _sync_nothing() -> None:
    """What was written is left to the kernel."""
    for module in (sbert_trainer.files, sbert_trainer.publish, sbert_trainer.checkpoints):
        module.sync = lambda path: None  # type: ignore[attr-defined]


def _believe_any_checkpoint() -> None:
    """A checkpoint is taken for good if it has a manifest."""
    sbert_trainer.checkpoints_manifest._first_fault = lambda *_: None


def _forget_random_states() -> None:
    """A training goes on with other random numbers."""
    sbert_trainer.checkpoints_trainer.load_random_states = lambda folder: None  # type: ignore[attr-defined]


_BUGS: dict[str, Callable[[], None]] = {
    "publishes by copying": _publish_by_copying,
    "syncs nothing": _sync_nothing,
    "believes any checkpoint": _believe_any_checkpoint,
    "forgets random states": _forget_random_states,
}
