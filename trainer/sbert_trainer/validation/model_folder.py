"""Finds a model tag's folder on the model volume. It judges no files; `model_files` does."""

import re
from pathlib import Path

from sbert_trainer.errors import InvalidModelIdError, TrainingModelWeightsNotFoundError
from sbert_trainer.validation.ids import check_model_tag
from sbert_trainer.validation.nearby import nearby

_REVISION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")


def find_model(root: Path, tag: str) -> Path:
    """The folder with the model's files: the tag's own, or the main snapshot of a hub cache.

    Raises InvalidModelIdError for a tag that names no folder inside `root`, and
    TrainingModelWeightsNotFoundError for a hub-cache folder without its snapshot.
    """
    check_model_tag(tag)
    folder = root / tag
    if not folder.is_dir():
        raise InvalidModelIdError(f"model {tag}: no such folder in {root}; {_instead(root, tag)}")
    if (folder / "snapshots").is_dir():
        folder = _main_snapshot(folder, tag)
    if not folder.resolve().is_relative_to(root.resolve()):
        raise InvalidModelIdError(f"model {tag}: a link that leads out of the model volume")
    return folder


def _instead(root: Path, tag: str) -> str:
    """What there is: the hub cache's folder for a hub's id, else the nearest folder's names."""
    cached = f"models--{tag.replace('/', '--')}"
    if (root / cached).is_dir():
        return f"did you mean {cached}?"
    parent = (root / tag).parent
    return nearby(parent if parent.is_dir() else root)


def _main_snapshot(folder: Path, tag: str) -> Path:
    """`snapshots/<revision>`; refs/main holds the revision, as huggingface_hub lays it out."""
    reference = folder / "refs" / "main"
    if not reference.is_file():
        raise TrainingModelWeightsNotFoundError(
            f"model {tag}: looked for the file refs/main, which names the snapshot; it is not there"
        )
    with reference.open(errors="replace") as file:
        revision = file.read(200).strip()
    snapshot = folder / "snapshots" / revision
    if not _REVISION.fullmatch(revision) or not snapshot.is_dir():
        raise TrainingModelWeightsNotFoundError(
            f"model {tag}: refs/main names the snapshot {revision[:60]!r}, which is not in"
            f" snapshots; {nearby(folder / 'snapshots')}"
        )
    return snapshot
