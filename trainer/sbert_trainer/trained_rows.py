"""Finds rows that a model was trained on: by them it looks better than it is. Torch-free."""

from collections.abc import Sequence
from pathlib import Path

from sbert_trainer.evaluation_rows import JudgingRow
from sbert_trainer.manifest import read_manifest
from sbert_trainer.validation_rows import read_validation_rows


def trained_rows(folder: Path, rows: Sequence[JudgingRow]) -> int:
    """How many of the rows the model in `folder` was trained on, as far as it says.

    Rows are known by their file's digest and their number. A model that was not published by a
    training says nothing.
    """
    found = read_manifest(folder)
    if found is None:
        return 0
    manifest, _ = found
    read = {entry.digest for entry in manifest.datasets.values()}
    recorded = read_validation_rows(folder, manifest)
    judging = list(recorded.datasets.values()) if recorded else []
    read -= {one.digest for one in judging if one.rows is None}
    spared = {(one.digest, number) for one in judging for number in one.rows or ()}
    return sum(row.digest in read and (row.digest, row.number) not in spared for row in rows)
