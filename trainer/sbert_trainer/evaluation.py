"""Scores a model on the validation rows. Each distinct text is encoded once."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from sentence_transformers import SentenceTransformer

from sbert_api.v1alpha1.scores import Scores
from sbert_trainer.embedding import encode
from sbert_trainer.errors import NonFiniteLossError
from sbert_trainer.forward_pass import Encode
from sbert_trainer.metrics import RankedRows, RowScores, positions, score_rows
from sbert_trainer.validation.rows import Triplet


class Judged(NamedTuple):
    """What the model of an optimizer step makes of each validation row."""

    step: int
    rows: RowScores


class Evaluation:
    """The validation rows, prepared once and scored again and again."""

    def __init__(self, rows: Sequence[Triplet], encode: Encode = encode) -> None:
        """Collect the distinct texts of `rows`, of which there must be at least one."""
        self._encode = encode
        self._questions = _ordered(row.question for row in rows)
        self._candidates = _ordered(t for row in rows for t in (row.positive, row.negative))
        self._rows = RankedRows(
            positions([row.question for row in rows], self._questions),
            positions([row.positive for row in rows], self._candidates),
            positions([row.negative for row in rows], self._candidates),
        )

    def scores(self, model: SentenceTransformer) -> Scores:
        """The model's scores over all rows; see `judge`."""
        return self.judge(model).scores()

    def judge(self, model: SentenceTransformer) -> RowScores:
        """What the model makes of each row; its mode (train or eval) is left as it was.

        Raises NonFiniteLossError if the model no longer makes finite embeddings.
        """
        texts = list(dict.fromkeys([*self._questions, *self._candidates]))
        embeddings = self._encode(model, texts)
        if not np.isfinite(embeddings).all():
            raise NonFiniteLossError("the model's embeddings are no longer finite numbers")
        order = _ordered(texts)
        return score_rows(
            embeddings[positions(list(self._questions), order)],
            embeddings[positions(list(self._candidates), order)],
            self._rows,
        )


def _ordered(texts: Iterable[str]) -> dict[str, int]:
    return {text: index for index, text in enumerate(dict.fromkeys(texts))}
