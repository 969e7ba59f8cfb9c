"""Remembers rows by hashes, to find what repeats and what stands on both sides of a split.

Twenty-four bytes a row, whatever its length. That two of five million different texts have the same
hash of 64 bits is less probable than one in a million (n^2 / 2^65, the birthday bound).
"""

from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from sbert_trainer.validation.rows import Triplet

ROWS_REMEMBERED = 5_000_000
"""120 MB. Later rows are not looked at for repeats and leaks."""
_SORTED_AT_ONCE = 500_000
"""Hashes in a list take 40 bytes each."""


class Leak(NamedTuple):
    """What training and validation share."""

    rows: int
    """Training rows whose question or positive is a question or positive of a validation row."""
    texts: int
    """Distinct questions and positives on both sides."""


class Remembered:
    """The rows of datasets in the order of reading."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._rows = array("q")
        self._questions = array("q")
        self._positives = array("q")
        self._starts: dict[str, int] = {}

    def begin(self, dataset_id: str) -> None:
        """The rows that follow are this dataset's."""
        self._starts[dataset_id] = len(self._rows)

    def add(self, row: Triplet) -> None:
        """Remember a row, if there is room."""
        if len(self._rows) < ROWS_REMEMBERED:
            self._rows.append(hash(row))
            self._questions.append(hash(row.question))
            self._positives.append(hash(row.positive))

    def duplicates(self) -> int:
        """Rows that stand there once more than needed."""
        return sum(extra for extra, _ in _repeats(self._rows))

    def sharing_question(self) -> int:
        """Rows whose question is also another row's."""
        return sum(extra + distinct for extra, distinct in _repeats(self._questions))

    def pairs(self, dataset_id: str) -> Iterator[tuple[int, int]]:
        """Question and positive of each row of a dataset, as hashes."""
        rows = self._span(dataset_id)
        # Views, for slices of arrays are copies.
        return zip(
            memoryview(self._questions)[rows], memoryview(self._positives)[rows], strict=True
        )

    def leak(self, training: list[str], validation: str) -> Leak:
        """What the training datasets share with the validation set."""
        leaking = bytearray(len(self._rows))
        texts = 0
        span = self._span(validation)
        size = 2 * (span.stop - span.start)
        for part, parts in _parts(size):
            pairs = self.pairs(validation)
            held_out = {text for pair in pairs for text in pair if text % parts == part}
            found: set[int] = set()
            for name in training:
                start = self._starts[name]
                for index, pair in enumerate(self.pairs(name), start):
                    if shared := held_out.intersection(pair):
                        leaking[index] = 1
                        found |= shared
            texts += len(found)
        return Leak(rows=sum(leaking), texts=texts)

    def _span(self, dataset_id: str) -> slice:
        names = list(self._starts)
        after = names[names.index(dataset_id) + 1 :]
        stop = self._starts[after[0]] if after else len(self._rows)
        return slice(self._starts[dataset_id], stop)


def _repeats(hashes: "array[int]") -> Iterator[tuple[int, int]]:
    """Of each part: how many hashes repeat an earlier one, and how many distinct ones do so."""
    for part, parts in _parts(len(hashes)):
        some = sorted(value for value in hashes if value % parts == part)
        repeated = [one for one, next_one in pairwise(some) if one == next_one]
        yield len(repeated), len(set(repeated))


def _parts(count: int) -> Iterator[tuple[int, int]]:
    """As many parts as keep one of `count` hashes small: (0, parts), (1, parts), …"""
    parts = 1 + count // _SORTED_AT_ONCE
    return ((part, parts) for part in range(parts))
