"""Watches which names and bytes below a folder a power cut could still take away.

A kill loses nothing that was written; a power cut loses what was not synced since its last change.
So before a rename shows something, all in it must be synced, and before an attempt reports success,
so must be every folder on the way to what it published.
"""

import json
from pathlib import Path

from sbert_trainer.manifest import MANIFEST
from tests.trainer.crash.operations import Operation

_State = tuple[int, int] | frozenset[tuple[str, int]]
"""Time of the last change and size of a file; names and numbers of all that a folder holds."""


class Durability:
    """What was synced, by device and number of the file or folder."""

    def __init__(self, folder: Path) -> None:
        """Everything that is in `folder` now is taken for durable."""
        self._folder = folder
        self._synced: dict[tuple[int, int], _State] = {}
        self.lost: list[str] = []
        """What a power cut could have taken away at a moment when it was shown or relied on."""
        for path in [folder, *folder.rglob("*")]:
            self._sync(path)

    def meets(self, operation: Operation) -> None:
        """Note what is synced; look at what is shown by a rename."""
        if operation.kind in ("os.fsync", "os.fdatasync"):
            self._sync(operation.path)
        elif operation.kind == "os.rename" and _shows(operation):
            self._look(operation.source)
            self._look_at_what_belongs_to(operation)
        elif operation.kind == "os.mkdir" and operation.path.name.startswith(".step-"):
            for checkpoint in operation.path.parent.glob("step-*"):
                self.look_at_shown(checkpoint)

    def look_at_shown(self, folder: Path) -> None:
        """Look at what an attempt relies on, and at the names on the way to it."""
        self._look(folder)
        for path in [folder, *folder.parents]:
            if path.is_relative_to(self._folder) and path != self._folder:
                self._look_at_name(path)

    def _look_at_what_belongs_to(self, checkpoint: Operation) -> None:
        """Files that a checkpoint shares with others are as important as its own."""
        manifest = checkpoint.source / MANIFEST
        if manifest.is_file():
            work = checkpoint.path.parents[1]
            for name in json.loads(manifest.read_text()).get("kept", {}):
                self.look_at_shown(work / name)

    def _look(self, path: Path) -> None:
        """Look at a file's bytes, or at all below a folder."""
        if path.is_dir():
            for below in path.iterdir():
                self._look_at_name(below)
                self._look(below)
        elif self._known(path) != _state(path):
            self._lose(path)

    def _look_at_name(self, path: Path) -> None:
        names = self._known(path.parent)
        if not isinstance(names, frozenset) or (path.name, path.stat().st_ino) not in names:
            self._lose(path)

    def _lose(self, path: Path) -> None:
        self.lost.append(str(path.relative_to(self._folder)))

    def _sync(self, path: Path) -> None:
        self._synced[_key(path)] = _state(path)

    def _known(self, path: Path) -> _State | None:
        return self._synced.get(_key(path))


def _shows(rename: Operation) -> bool:
    """A folder becomes visible, or what is said of others."""
    said = rename.path.name == MANIFEST or rename.path.parent.name == ".runs"
    return said or (rename.source.is_dir() and not rename.path.name.startswith("."))


def _key(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _state(path: Path) -> _State:
    if path.is_dir():
        return frozenset((below.name, below.stat().st_ino) for below in path.iterdir())
    found = path.stat()
    return found.st_mtime_ns, found.st_size
