"""Spearman's rank correlation of similarities and labels, for many draws of the rows at once.

Each row gives two pairs: question and positive with label 1, question and negative with label 0.
Numpy only.
"""

import numpy as np
from numpy.typing import NDArray

Similarities = NDArray[np.float32]
Draws = NDArray[np.int64]
"""(draws, rows): how often each row was drawn."""
Vector = NDArray[np.float64]


class PairRanks:
    """The order of the pairs of a set of rows."""

    def __init__(self, positive: Similarities, negative: Similarities) -> None:
        """Similarities of question and positive, and of question and negative: (rows) each."""
        self._order = np.argsort(negative)
        self._below, self._not_above = (
            np.searchsorted(negative[self._order], positive, side) for side in ("left", "right")
        )
        self._ties = _Ties(np.concatenate([positive, negative]))

    def correlations(self, draws: Draws) -> Vector:
        """The correlation over the rows of each draw, (draws); 0 if all similarities are equal.

        Spearman, "The Proof and Measurement of Association between Two Things", 1904; equal
        similarities share the mean of their ranks, as in scipy.stats.spearmanr, by which
        sentence-transformers' EmbeddingSimilarityEvaluator computes it. With two labels, equally
        frequent, it follows from the number of pairs of a positive and a negative in which the
        positive is the more similar one (Mann and Whitney's U, 1947) and from the ranks' variance.
        """
        rows = draws.sum(axis=1)
        above = self._wins(draws) / rows - rows / 2
        pairs = 2 * rows
        variance = (pairs**2 - 1) / 12 - self._ties.correction(draws) / (12 * pairs)
        spread = np.sqrt(np.maximum(variance, 0))
        found: Vector = np.divide(above, spread, out=np.zeros_like(above), where=spread > 0)
        return found

    def _wins(self, draws: Draws) -> Vector:
        """How often a positive is more similar than a negative; equal ones count half."""
        behind = np.zeros((len(draws), draws.shape[1] + 1), dtype=np.int64)
        np.cumsum(np.take(draws, self._order, axis=1), axis=1, out=behind[:, 1:])
        below, not_above = (
            np.einsum("ij,ij->i", draws, np.take(behind, places, axis=1))
            for places in (self._below, self._not_above)
        )
        wins: Vector = (below + not_above) / 2
        return wins


class _Ties:
    """What equal similarities take from the variance of the ranks.

    Each pair of a row is as often there as the row was drawn, so that it equals itself.
    """

    def __init__(self, similarity: Similarities) -> None:
        """similarity: of all positives, then of all negatives: (2 * rows)."""
        rows = len(similarity) // 2
        _, group, size = np.unique(similarity, return_inverse=True, return_counts=True)
        alone = size[group] == 1
        self._alone = alone[:rows].astype(np.int64) + alone[rows:]
        """Of each row, how many of its pairs equal no other pair."""
        shared = np.flatnonzero(~alone)
        shared = shared[np.argsort(group[shared], kind="stable")]
        self._rows = shared % rows
        """Of each pair that equals others, side by side with those."""
        self._starts = np.flatnonzero(np.diff(group[shared], prepend=-1))

    def correction(self, draws: Draws) -> Vector:
        """The sum of t^3 - t over the numbers t of pairs that are equal, (draws)."""
        shared = np.add.reduceat(np.take(draws, self._rows, axis=1), self._starts, axis=1)
        found: Vector = _cubes(draws) @ self._alone + _cubes(shared).sum(axis=1)
        return found


def _cubes(counts: Draws) -> Draws:
    cubes: Draws = counts * (counts * counts - 1)
    return cubes
