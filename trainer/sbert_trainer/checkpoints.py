"""A run's checkpoints: each is there whole or not at all, and is believed only if every byte is as
it was written.

    <work folder>/checkpoints/step-40/       files of the checkpoint, MANIFEST.json
                              .step-60.new/  being written; removed at the next start
                              .bad-step-50/  found damaged, put aside until the run is over
                              …              files that several checkpoints share

It must never remove a good checkpoint before a newer one is durable.
"""

import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from sbert_trainer.checkpoints_manifest import (
    CheckpointManifest,
    Origin,
    describe_start,
    read_checkpoint,
)
from sbert_trainer.files import sync, sync_all, write_whole
from sbert_trainer.log import say
from sbert_trainer.manifest import MANIFEST, FileEntry, describe_files

_KEPT_CHECKPOINTS = 2
"""One more than is needed: the newest may turn out to be damaged."""
_STEP = re.compile(r"step-(\d{1,18})")


class Checkpoint(NamedTuple):
    """A good checkpoint."""

    folder: Path
    step: int


class Checkpoints:
    """The checkpoints in a work folder, which this process must have locked."""

    def __init__(self, folder: Path, origin: Origin) -> None:
        """`folder` lies in the work folder; `origin` is what is trained. Raises OSError."""
        self.folder = folder
        self._work = folder.parent
        self._origin = origin
        self._good: list[CheckpointManifest] = []
        self._described: dict[str, FileEntry] = {}
        self.folder.mkdir(exist_ok=True)
        sync(self._work)
        for half in self.folder.glob(".*.new"):
            _remove(half)

    def newest(self) -> Checkpoint | None:
        """The newest good checkpoint, if there is one. Damaged ones are put aside."""
        for step in sorted(self._steps(), reverse=True):
            folder = self.folder / f"step-{step}"
            found = read_checkpoint(folder, self._work, self._origin)
            if isinstance(found, CheckpointManifest):
                self._good = [found]
                self._described = dict(found.kept)
                return Checkpoint(folder, step)
            say(f"the checkpoint of step {step} is not used: {found.why}")
            if found.damaged:
                aside = self.folder / f".bad-{folder.name}"
                _remove(aside)
                folder.rename(aside)
        return None

    def write(self, step: int, fill: Callable[[Path], Iterable[Path]]) -> None:
        """Write a checkpoint durably, then remove the oldest.

        `fill` puts files into the folder that it is given, and returns other files of the work
        folder that belong to the checkpoint. Raises OSError, or safetensors' own error.
        """
        new = self.folder / f".step-{step}.new"
        _remove(new)
        new.mkdir()
        try:
            manifest = self._write_files(new, step, fill)
        except Exception:
            _remove(new)  # the disk may be full
            raise
        folder = self.folder / f"step-{step}"
        _remove(folder)  # of another training: ours would have been taken up
        new.rename(folder)
        sync(self.folder)
        self._good = [*self._good, manifest][-_KEPT_CHECKPOINTS:]
        self._remove_old()

    def _write_files(
        self, new: Path, step: int, fill: Callable[[Path], Iterable[Path]]
    ) -> CheckpointManifest:
        self._described = {name: entry for path in fill(new) for name, entry in [self._kept(path)]}
        manifest = CheckpointManifest(
            step=step, origin=self._origin, files=describe_files(new), kept=self._described
        )
        sync_all(new)
        write_whole(new / MANIFEST, manifest.text())
        return manifest

    def _kept(self, path: Path) -> tuple[str, FileEntry]:
        """Make a shared file durable, unless it is already. It never changes, it only grows."""
        name = str(path.relative_to(self._work))
        size = path.stat().st_size
        known = self._described.get(name)
        if known and known.size == size:
            return name, known
        sync(path)
        for folder in path.relative_to(self._work).parents:
            sync(self._work / folder)
        return name, describe_start(path, size)

    def _steps(self) -> list[int]:
        found = (_STEP.fullmatch(path.name) for path in self.folder.iterdir())
        return [int(match[1]) for match in found if match]

    def _remove_old(self) -> None:
        """Remove all but the good checkpoints, what they share, and the damaged ones."""
        wanted = {f"step-{manifest.step}" for manifest in self._good}
        wanted |= {Path(name).name for manifest in self._good for name in manifest.kept}
        for path in self.folder.iterdir():
            if path.name not in wanted and not path.name.startswith(".bad-"):
                _remove(path)


def _remove(path: Path) -> None:
    """Remove a file or folder as far as possible: what stays is only rubbish."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
