"""Judges models row by row, so that two of them can be compared on the same rows.

By the library's plain `encode`, whatever trained the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import stats  # type: ignore[import-untyped]

from sbert_trainer.metrics import positions

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from benchmarks.shared_data import Row

_RESAMPLES = 10_000
_CUTOFF = 10

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Judgement:
    """What each row says about a model."""

    correct: list[int]
    """1 where the positive is more similar to the question than the negative, else 0."""
    rank: list[int]
    """Of the row's positive among all positives and negatives; 1 is best."""

    @property
    def accuracy(self) -> Vector:
        """Triplet accuracy by row."""
        return np.array(self.correct, dtype=float)

    @property
    def mrr10(self) -> Vector:
        """Reciprocal rank by row, 0 beyond rank 10."""
        rank = np.array(self.rank, dtype=float)
        return np.where(rank <= _CUTOFF, 1 / rank, 0.0)

    @property
    def quality(self) -> Vector:
        """The mean of both by row: the number by which models are chosen."""
        return (self.accuracy + self.mrr10) / 2


def judge(model: "SentenceTransformer", rows: "Sequence[Row]") -> Judgement:
    """Rank the rows' positives; ties count against them."""
    questions = _order([row["question"] for row in rows])
    candidates = _order([row[column] for row in rows for column in ("positive", "negative")])
    asked = positions([row["question"] for row in rows], questions)
    good = positions([row["positive"] for row in rows], candidates)
    bad = positions([row["negative"] for row in rows], candidates)
    similarity = _embed(model, questions)[asked] @ _embed(model, candidates).T
    line = np.arange(len(rows))
    own = similarity[line, good]
    correct = own > similarity[line, bad]
    rank = np.count_nonzero(similarity >= own[:, None], axis=1)
    return Judgement(correct.astype(int).tolist(), rank.tolist())


def interval(*differences: Vector) -> tuple[float, float, float]:
    """The mean of the vectors' means, with its 95 % bootstrap interval: (mean, low, high).

    A vector holds the paired differences of one dataset's rows; datasets count alike, however many
    rows they have.
    """

    def mean(*samples: Vector, axis: int = -1) -> Vector:
        means: Vector = np.mean([sample.mean(axis=axis) for sample in samples], axis=0)
        return means

    if not any(difference.any() for difference in differences):
        return 0.0, 0.0, 0.0
    found = stats.bootstrap(
        differences, mean, n_resamples=_RESAMPLES, method="percentile", batch=500, rng=0
    ).confidence_interval
    return float(mean(*differences)), float(found.low), float(found.high)


def _embed(model: "SentenceTransformer", texts: dict[str, int]) -> NDArray[np.float32]:
    embeddings: NDArray[np.float32] = model.encode(
        list(texts), batch_size=32, show_progress_bar=False, normalize_embeddings=True
    )
    return embeddings


def _order(texts: Sequence[str]) -> dict[str, int]:
    return {text: index for index, text in enumerate(dict.fromkeys(texts))}
