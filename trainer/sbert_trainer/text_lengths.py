"""How long texts are: percentiles over a sample of rows that is bounded and evenly spread."""

from collections.abc import Callable
from math import ceil

from sbert_trainer.validation.faults import COLUMNS
from sbert_trainer.validation.rows import Triplet

ROWS_LOOKED_AT = 1000
"""At least, where there are so many; fewer than twice as many. Enough for a 99th percentile."""
_CHARACTERS_LOOKED_AT = 100_000
"""Of one text: more tokens than any model reads."""

Lengths = dict[str, int]
"""p50, p90, p99 and max."""


class LengthSample:
    """Lengths of every n-th row's texts; n doubles whenever the sample is full."""

    def __init__(self, measures: dict[str, Callable[[str], int]]) -> None:
        """`measures` are the units and how a text is measured in them."""
        self.units = list(measures)
        self._measures = list(measures.values())
        self._sample: list[list[list[int]]] = []
        """By row, by unit, by column."""
        self._every = 1
        self._seen = 0

    @property
    def rows(self) -> int:
        """Rows that were looked at and are in the sample."""
        return len(self._sample)

    def look_at(self, row: Triplet) -> None:
        """Measure the row if it is its turn."""
        if self._seen % self._every == 0:
            texts = [text[:_CHARACTERS_LOOKED_AT] for text in row.texts]
            self._sample.append([[measure(text) for text in texts] for measure in self._measures])
            if len(self._sample) == 2 * ROWS_LOOKED_AT:
                del self._sample[1::2]
                self._every *= 2
        self._seen += 1

    def lengths(self, unit: str) -> dict[str, Lengths]:
        """Percentiles by column, each the length of a row of the sample (nearest rank)."""
        place = self.units.index(unit)
        columns = zip(*(row[place] for row in self._sample), strict=True)
        return {
            name: _percentiles(sorted(lengths))
            for name, lengths in zip(COLUMNS, columns, strict=False)
        }

    def rows_over(self, limit: int, unit: str) -> int:
        """Rows of the sample with a text longer than `limit`."""
        place = self.units.index(unit)
        return sum(max(row[place]) > limit for row in self._sample)


def _percentiles(lengths: list[int]) -> Lengths:
    ranks = {f"p{percent}": ceil(percent / 100 * len(lengths)) - 1 for percent in (50, 90, 99)}
    return {name: lengths[rank] for name, rank in ranks.items()} | {"max": lengths[-1]}
