"""Keeps what the base model made of the validation rows for later attempts."""

from pathlib import Path
from typing import Any

import torch

from sbert_trainer.checkpoints import Checkpoint
from sbert_trainer.checkpoints_tensors import load_tensors, save_tensors
from sbert_trainer.metrics import RowScores
from sbert_trainer.resumable import Resumable, Saved

_FILE = "base-rows.safetensors"


class KeepBaseRows(Resumable):
    """Adds the base model's rows to the checkpoints."""

    def __init__(self, rows: RowScores, folder: Path) -> None:
        """`folder` is that of the checkpoints, which share the file."""
        self._rows = rows
        self._path = folder / _FILE
        self._is_written = False

    def save(self) -> Saved:
        """The rows, in a file that never changes."""
        if not self._is_written:
            vectors = {name: torch.from_numpy(vector) for name, vector in vars(self._rows).items()}
            save_tensors(vectors, self._path)
            self._is_written = True
        return Saved({}, (self._path,))

    def restore(self, state: dict[str, Any]) -> None:
        """The file is there: `recall_base_rows` has read it."""
        self._is_written = True


def recall_base_rows(checkpoint: Checkpoint) -> RowScores:
    """The rows that a checkpoint keeps."""
    vectors = load_tensors(checkpoint.folder.parent / _FILE)
    return RowScores(**{name: vector.numpy() for name, vector in vectors.items()})
