"""Puts a trained model in its place: whole and durable, or not at all.

All is prepared in the work folder; one rename makes it visible. It must never replace anything.
"""

import errno
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

from sbert_api.reasons import RUN_AGAIN
from sbert_trainer.errors import NonFiniteLossError, OutputConflictError, StorageError
from sbert_trainer.files import make_readable, sync, sync_all, write_whole
from sbert_trainer.log import say
from sbert_trainer.manifest import MANIFEST, Manifest, describe_files, digest_of
from sbert_trainer.model import first_not_finite, load_model
from sbert_trainer.model_card import build_model_card
from sbert_trainer.volume import check_within

_PROBES = ["How far is the moon?", "The moon is 384,400 km away."]
_TOLERANCE = 1e-3
"""Embeddings of the saved and the trained model may differ by rounding."""

_TAKEN = {errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR}
"""What rename(2) says of a target that is no empty folder."""


def save_model(model: SentenceTransformer, folder: Path) -> None:
    """Save the model into `folder`. Raises NonFiniteLossError if a weight is not finite."""
    if name := first_not_finite(model):
        raise NonFiniteLossError(f"weight {name} is no longer finite after the training")
    model.save_pretrained(str(folder), create_model_card=False)
    make_readable(folder)


def check_loads(model: SentenceTransformer, folder: Path) -> None:
    """Load what was saved and encode two sentences. Raises StorageError if they come out wrong."""
    loaded = load_model(folder, "cpu")  # the trained one may fill the GPU
    expected = model.encode(_PROBES, show_progress_bar=False)
    found = loaded.encode(_PROBES, show_progress_bar=False)
    if not np.allclose(expected, found, atol=_TOLERANCE):
        raise StorageError(f"{folder}: the saved model encodes other than the trained one")


def publish(folder: Path, facts: Manifest, models: Path, release: Callable[[], None]) -> str:
    """Add card and manifest to `folder` and rename it to the model's id.

    Returns the manifest's digest. `release` is called at the point of no return. Raises
    OutputConflictError if the id is taken.
    """
    (folder / "README.md").write_text(build_model_card(facts))
    text = facts.model_copy(update={"files": describe_files(folder)}).text()
    sync_all(folder)
    write_whole(folder / MANIFEST, text)
    target = models / facts.model_id
    _make_parents(target, models)
    release()
    _rename(folder, target, facts.model_id)
    return digest_of(text)


def _make_parents(target: Path, models: Path) -> None:
    """Make the folders above `target` durable: a model in a lost folder is lost as well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    check_within(target.parent, models)
    for above in target.parent.relative_to(models).parents:
        sync(models / above)


def _rename(folder: Path, target: Path, model_id: str) -> None:
    """Rename durably. POSIX lets a folder take the place of an empty folder only, so nothing can be
    lost between the check and the rename. Both are on the model volume: nothing is copied."""
    conflict = OutputConflictError(
        f"{model_id}: something else was put there during the training, expected nothing",
        hint=f"Move it away, then {RUN_AGAIN}; or choose another outputPath.",
    )
    if target.exists() or target.is_symlink():
        raise conflict
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno in _TAKEN:
            raise conflict from error
        raise
    _settle(target.parent, folder.parent)


def _settle(*folders: Path) -> None:
    """Have the disk hold the rename. The model is in its place: nothing may fail the run now."""
    try:
        for folder in folders:
            sync(folder)
    except OSError as error:
        say(f"warning: {folders[0]}: the volume does not confirm the rename: {error.strerror}")
