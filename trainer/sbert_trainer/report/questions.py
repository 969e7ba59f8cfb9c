"""The validation questions whose answer moved most in the ranking."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sbert_trainer.intervals import Comparison
from sbert_trainer.metrics import Indices, Vector
from sbert_trainer.texts import shown
from sbert_trainer.validation.rows import Triplet

_MOST = 10
_QUESTION_LENGTH = 200
_ANSWER_LENGTH = 240


class Change(NamedTuple):
    """A number with the base model and with the trained one."""

    before: float
    after: float


class Question(NamedTuple):
    """One row that moved; its texts are one line each, cut, and still to be escaped."""

    question: str
    positive: str
    negative: str
    rank: Change
    """Of the positive among all answers."""
    positive_similarity: Change
    negative_similarity: Change


def gained_and_lost(
    rows: Sequence[Triplet], comparison: Comparison
) -> tuple[list[Question], list[Question]]:
    """At most ten questions whose positive rose most, and ten whose positive fell most.

    The most is what changes 1/rank most: from 3 to 1 is more than from 40 to 20. Of equal ones
    those come first whose positive gained or lost most on the negative.
    """
    base, trained = comparison
    moved = 1 / trained.rank - 1 / base.rank
    apart = (trained.positive - trained.negative) - (base.positive - base.negative)
    gained = [int(n) for n in _order(-moved, -apart) if moved[n] > 0]
    lost = [int(n) for n in _order(moved, apart) if moved[n] < 0]
    return (
        [_question(rows[n], n, comparison) for n in gained[:_MOST]],
        [_question(rows[n], n, comparison) for n in lost[:_MOST]],
    )


def _order(first: Vector, second: Vector) -> Indices:
    """Smallest first; the order in the set decides where both are equal."""
    return np.lexsort((second, first))


def _question(row: Triplet, number: int, comparison: Comparison) -> Question:
    base, trained = comparison
    return Question(
        question=shown(row.question, _QUESTION_LENGTH),
        positive=shown(row.positive, _ANSWER_LENGTH),
        negative=shown(row.negative, _ANSWER_LENGTH),
        rank=Change(int(base.rank[number]), int(trained.rank[number])),
        positive_similarity=Change(float(base.positive[number]), float(trained.positive[number])),
        negative_similarity=Change(float(base.negative[number]), float(trained.negative[number])),
    )
