"""Two models on rows that never were: what the intervals say can be compared with the truth."""

import numpy as np

from sbert_trainer.intervals import Comparison
from sbert_trainer.metrics import RowScores

_CANDIDATES = 30


def two_models(rng: np.random.Generator, rows: int) -> Comparison:
    """A base model and one that is a little better, on rows that both find hard or easy.

    A similarity is what both models make of the row, and noise of the model's own; the rank counts
    those of 30 candidates that come before the positive.
    """
    difficulty = rng.normal(0, 0.1, rows)

    def model(gain: float) -> RowScores:
        noise = rng.normal(0, 0.1, (2, rows))
        positive, negative = 0.5 + gain - difficulty + noise[0], 0.4 + difficulty + noise[1]
        before = np.clip(0.15 - 0.5 * (positive - 0.5), 0, 1)
        rank = 1 + rng.binomial(_CANDIDATES - 1, before)
        return RowScores(rank, positive.astype(np.float32), negative.astype(np.float32))

    return Comparison(model(0.0), model(0.03))
