"""The files that a training starts from: their digest, and whether they are still the same."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from sbert_trainer.errors import StorageError
from sbert_trainer.files import sha256
from sbert_trainer.manifest import MANIFEST
from sbert_trainer.validation_rows import VALIDATION_ROWS

_LOADED = {".json", ".safetensors", ".txt", ".model"}
_NOT_LOADED = {MANIFEST, VALIDATION_ROWS}
"""Of a trained model: they say when, by whom and from what it was made, which makes no other
model."""


class _Identity(NamedTuple):
    """Changes when a file is written to or replaced, also by one of the same size and times."""

    device: int
    inode: int
    size: int
    changed_ns: int


class BaseFiles:
    """The files that a model is loaded from, as they are when this is made."""

    def __init__(self, folder: Path, parts: Iterable[Path]) -> None:
        """`parts` are the folders with the files: `folder` itself and those of modules."""
        self._folder = folder
        self._seen = {path: _identity(path) for path in _loaded(parts)}

    def digest(self) -> str:
        """`sha256:` and the SHA-256 over the files' names and contents.

        What else lies in the folder counts for nothing: a card, a report, other formats, `epochs/`.
        """
        lines = [f"{sha256(path)}  {path.relative_to(self._folder)}\n" for path in self._seen]
        return f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}"

    def check_unchanged(self) -> None:
        """Raise StorageError if a file is no longer the one that was seen first."""
        for path, seen in self._seen.items():
            if _identity(path) != seen:
                raise StorageError(
                    f"{path.relative_to(self._folder)}: was changed while the model was loaded,"
                    " expected a base model that stays as it is",
                    hint="Put new weights into a new folder and name that in modelTag.",
                )


def _loaded(parts: Iterable[Path]) -> list[Path]:
    return sorted(
        path
        for part in parts
        for path in part.iterdir()
        if path.suffix in _LOADED and path.name not in _NOT_LOADED and path.is_file()
    )


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return _Identity(found.st_dev, found.st_ino, found.st_size, found.st_ctime_ns)
