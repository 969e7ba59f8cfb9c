"""Splits rows into training and validation so that no text is on both sides. Pure."""

import random
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from sbert_trainer.errors import DatasetValidationError
from sbert_trainer.validation.rows import Triplet

DEFAULT_FRACTION = 0.1
DEFAULT_SEED = 42
"""The contract's defaults, for `validate`, which does not wait for pydantic."""

Texts = tuple[Hashable, Hashable]
"""Question and positive of a row, or whatever stands for them."""


class Split(NamedTuple):
    """Both sides, each in its first order."""

    training: list[Triplet]
    validation: list[Triplet]
    chosen: list[int]
    """Indices of the validation rows, in their order."""


def split_rows(rows: Sequence[Triplet], fraction: float, seed: int) -> Split:
    """Training rows and validation rows.

    Raises DatasetValidationError where both sides cannot have one.
    """
    chosen = validation_indices([(row.question, row.positive) for row in rows], fraction, seed)
    training = [row for index, row in enumerate(rows) if index not in chosen]
    validation = [row for index, row in enumerate(rows) if index in chosen]
    return Split(training, validation, sorted(chosen))


def validation_indices(
    rows: Sequence[Texts], fraction: float = DEFAULT_FRACTION, seed: int = DEFAULT_SEED
) -> set[int]:
    """Indices of the rows that are split off.

    Rows that share a question or a positive stay together: a row-wise split would judge the model
    by texts that it was trained on. Groups are drawn by `seed` until about `fraction` of the rows
    is reached; each side has at least one row. Raises DatasetValidationError where that cannot be.
    """
    groups = linked_groups(rows)
    if len(groups) < 2:
        raise DatasetValidationError(
            f"found {len(rows)} rows that all hang together by shared questions or positives,"
            " expected at least two groups, one to train on and one for validation",
            hint="Add rows about other questions, or name a validation set as valDatasetId.",
        )
    return set(_choose(groups, max(1, round(fraction * len(rows))), seed))


def linked_groups(rows: Iterable[Texts]) -> list[list[int]]:
    """Indices of rows by group; two rows are linked if they share a question or positive text.

    Union-find with path halving: https://en.wikipedia.org/wiki/Disjoint-set_data_structure
    """
    parent: list[int] = []

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    first_with: dict[Hashable, int] = {}
    for index, texts in enumerate(rows):
        parent.append(index)
        for text in texts:
            parent[root(index)] = root(first_with.setdefault(text, index))
    groups: dict[int, list[int]] = {}
    for index in range(len(parent)):
        groups.setdefault(root(index), []).append(index)
    return list(groups.values())


def _choose(groups: list[list[int]], wanted: int, seed: int) -> list[int]:
    """Row indices of drawn groups: as many as fit into `wanted`, or else the smallest group."""
    shuffled = list(groups)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - reproducible, not secret
    chosen: list[int] = []
    for group in shuffled:
        if len(chosen) + len(group) <= wanted:
            chosen += group
    return chosen or min(shuffled, key=len)
