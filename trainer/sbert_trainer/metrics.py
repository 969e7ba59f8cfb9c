"""How a model ranks the rows of a set, from embeddings. Numpy only; knows no model.

Embeddings are matrices of one row for each text. Similarity is the cosine. The candidates of a
question are all distinct positives and negatives of the set; exactly one of them, the row's own
positive, is relevant. Every score follows from numbers of single rows, so that two models can be
compared row by row, and over rows that are drawn anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sbert_api.v1alpha1.scores import Scores
from sbert_trainer.rank_correlation import Draws, PairRanks
from sbert_trainer.resampling import Numbers, rounded

_CUTOFF = 10
_CHUNK = 1024
"""Rows ranked at once, so that memory is bounded by chunk x candidates."""
_SMALLEST_DIVISOR = 0.01
"""Of a ratio that says something."""

Matrix = NDArray[np.float32]
Indices = NDArray[np.intp]
Vector = NDArray[np.float64]
"""One number for each row."""


@dataclass(frozen=True)
class RankedRows:
    """Where the texts of each row stand: indices into questions' and candidates' embeddings."""

    question: Indices
    positive: Indices
    negative: Indices


@dataclass(frozen=True)
class RowScores:
    """What a model makes of each row; all that is known of a row follows from these three."""

    rank: Indices
    """Of the positive among all candidates, 1 for the most similar."""
    positive: Matrix
    """Cosine similarity of question and positive."""
    negative: Matrix
    """Cosine similarity of question and negative."""

    def scores(self) -> Scores:
        """The scores over all rows."""
        count = len(self.rank)
        numbers = DrawnRows(self).numbers(np.ones((1, count), dtype=np.int64))
        found = {name: rounded(vector[0]) for name, vector in by_name(numbers).items()}
        return Scores.model_validate(found | {"numSamples": count})


class DrawnRows:
    """What a model makes of rows that are drawn anew, again and again."""

    def __init__(self, rows: RowScores) -> None:
        """Prepare what does not depend on the draw."""
        self._vectors = np.array([of_rows(rows) for of_rows in _ROW_SCORES.values()])
        self._ranks = PairRanks(rows.positive, rows.negative)

    def numbers(self, draws: Draws) -> Numbers:
        """(numbers, draws), from which `by_name` makes scores. draws: (draws, rows), how often each
        row was drawn."""
        means = self._vectors @ draws.T / draws.sum(axis=1)
        return np.vstack([means, self._ranks.correlations(draws)])


def correct(rows: RowScores) -> Vector:
    """1 where the positive is strictly more similar to the question than the negative, else 0.

    As sentence-transformers' TripletEvaluator counts it with margin 0.
    """
    return (rows.positive > rows.negative).astype(np.float64)


def reciprocal_rank(rows: RowScores) -> Vector:
    """1 / rank, 0 beyond rank 10.

    Voorhees, "The TREC-8 Question Answering Track Report", 1999, with a cutoff at 10.
    """
    return np.where(rows.rank <= _CUTOFF, 1 / rows.rank, 0)


def discounted_gain(rows: RowScores) -> Vector:
    """Normalised discounted cumulative gain at 10: 1 / log2(1 + rank) up to rank 10, else 0.

    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002. With one
    relevant candidate the ideal gain is 1, so nothing is left to normalise by.
    """
    return np.where(rows.rank <= _CUTOFF, 1 / np.log2(1 + rows.rank), 0)


_ROW_SCORES: dict[str, Callable[[RowScores], Vector]] = {
    "tripletAccuracy": correct,
    "mrr10": reciprocal_rank,
    "ndcg10": discounted_gain,
    "avgPositiveSimilarity": lambda rows: rows.positive.astype(np.float64),
    "avgNegativeSimilarity": lambda rows: rows.negative.astype(np.float64),
}


def by_name(numbers: Numbers) -> dict[str, Vector]:
    """Scores by their names in the API, (draws) each.

    Near zero a ratio says nothing, as the smallest change of the divisor changes it beyond bounds:
    if that happens in any draw, similarityRatio is left out.
    """
    found = dict(zip([*_ROW_SCORES, "spearmanCorrelation"], numbers, strict=True))
    positive, negative = found["avgPositiveSimilarity"], found["avgNegativeSimilarity"]
    found["margin"] = positive - negative
    if negative.min() >= _SMALLEST_DIVISOR:
        found["similarityRatio"] = positive / negative
    return found


def score_rows(questions: Matrix, candidates: Matrix, rows: RankedRows) -> RowScores:
    """What a model's embeddings make of each of a set of rows.

    questions: (distinct questions, dimensions); candidates: (distinct positives and negatives,
    dimensions). Neither has to be normalised.
    """
    questions, candidates = _unit(questions), _unit(candidates)
    positive, negative, rank = [], [], []
    for start in range(0, len(rows.question), _CHUNK):
        part = slice(start, start + _CHUNK)
        similarity = questions[rows.question[part]] @ candidates.T
        line = np.arange(len(similarity))
        positive.append(similarity[line, rows.positive[part]])
        negative.append(similarity[line, rows.negative[part]])
        rank.append(_rank(similarity, positive[-1]))
    return RowScores(np.concatenate(rank), np.concatenate(positive), np.concatenate(negative))


def positions(texts: Sequence[str], order: dict[str, int]) -> Indices:
    """The index of each text in an ordered set of distinct texts."""
    return np.array([order[text] for text in texts], dtype=np.intp)


def _rank(similarity: Matrix, own: Matrix) -> Indices:
    """1 for the most similar. Ties count against the positive: a model that maps all texts to one
    point ranks nothing."""
    rank: Indices = np.count_nonzero(similarity >= own[:, None], axis=1)
    return rank


def _unit(matrix: Matrix) -> Matrix:
    length = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: Matrix = matrix / np.maximum(length, 1e-12)
    return unit
