"""MANIFEST.json of a checkpoint, written last: a folder that does not fit its own is not used."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, ValidationError

from sbert_api.contract import Contract
from sbert_trainer.errors import is_storage_trouble
from sbert_trainer.manifest import MANIFEST, FileEntry, describe_files


class Origin(Contract):
    """What a training depends on. Another one does not take up its checkpoints: it might not end
    with the model that it would have made alone."""

    run_key: str
    """runKey: of the run; it stands for the spec."""
    data_digest: str
    """dataDigest: of the datasets, which may change between two attempts."""
    base_digest: str
    """baseDigest: of the model that the training started from."""
    versions: dict[str, str]
    """versions: of the libraries."""


class CheckpointManifest(Contract):
    """What the manifest holds."""

    format: Literal[1] = 1
    """format: of the checkpoint; a trainer reads its own format only."""
    step: Annotated[int, Field(ge=0)]
    """step: optimizer steps that are done."""
    origin: Origin
    """origin: what was trained."""
    files: dict[str, FileEntry]
    """files: every other file of the checkpoint."""
    kept: dict[str, FileEntry]
    """kept: files elsewhere in the work folder that belong to it. They may have grown since then:
    only the bytes up to `size` are meant."""

    def text(self) -> str:
        """The manifest as it is written."""
        return json.dumps(self.as_json(), indent=1, sort_keys=True) + "\n"


class Unusable(NamedTuple):
    """Why a checkpoint is not used."""

    why: str
    damaged: bool
    """Not as it was written; else it belongs to another training."""


def describe_start(path: Path, size: int) -> FileEntry:
    """The entry for the first `size` bytes of a file."""
    digest = hashlib.sha256()
    left = size
    with path.open("rb") as file:
        while left and (block := file.read(min(left, 1 << 20))):
            digest.update(block)
            left -= len(block)
    return FileEntry(sha256=digest.hexdigest(), size=size - left)


def read_checkpoint(folder: Path, work: Path, origin: Origin) -> CheckpointManifest | Unusable:
    """The manifest of `folder` if every byte is as written and the training is that of `origin`.

    Raises OSError if the volume fails.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
        manifest = CheckpointManifest.model_validate_json(content)
        if manifest.text().encode() != content:
            return Unusable(f"{MANIFEST} is not as it was written", damaged=True)
        if manifest.origin != origin:
            return Unusable(_difference(manifest.origin, origin), damaged=False)
        fault = _first_fault(folder, work, manifest)
    except ValidationError:
        fault = f"{MANIFEST} cannot be read"
    except OSError as error:
        if is_storage_trouble(error):
            raise
        fault = f"{MANIFEST} is missing"
    return Unusable(fault, damaged=True) if fault else manifest


def _first_fault(folder: Path, work: Path, manifest: CheckpointManifest) -> str | None:
    if folder.name != f"step-{manifest.step}":
        return f"{MANIFEST} is of step {manifest.step}"
    found = describe_files(folder)
    for name in sorted(found.keys() | manifest.files.keys()):
        if found.get(name) != manifest.files.get(name):
            return f"{name} is not as it was written"
    for name, entry in manifest.kept.items():
        path = (work / name).resolve()
        if not path.is_relative_to(work.resolve()) or not path.is_file():
            return f"{name} is missing"
        if describe_start(path, entry.size) != entry:
            return f"{name} is not as it was written"
    return None


def _difference(found: Origin, expected: Origin) -> str:
    names = {
        "run_key": "of another run",
        "data_digest": "made from other data",
        "base_digest": "made from another base model",
        "versions": "made by other versions of the trainer or its libraries",
    }
    return next(
        words for name, words in names.items() if getattr(found, name) != getattr(expected, name)
    )
