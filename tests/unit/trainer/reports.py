"""Trainings as the report sees them, without a training; what a test does not name is filled in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sbert_trainer.intervals import Comparison
from sbert_trainer.manifest import Manifest
from sbert_trainer.metrics import RowScores
from sbert_trainer.training_log import History
from sbert_trainer.validation.rows import Triplet
from tests.unit.trainer.builders import a_model_folder, a_triplet
from tests.unit.trainer.test_published import a_manifest, some_scores


def row_scores(ranks: Sequence[int], positive: float = 0.6, negative: float = 0.3) -> RowScores:
    """What a model makes of as many rows as there are ranks."""
    count = len(ranks)
    return RowScores(
        np.array(ranks, dtype=np.intp),
        np.full(count, positive, dtype=np.float32),
        np.full(count, negative, dtype=np.float32),
    )


def a_comparison(count: int = 30) -> Comparison:
    """Of rows that moved in all directions."""
    random = np.random.default_rng(3)

    def some() -> RowScores:
        ranks = random.integers(1, 20, count)
        sides = random.uniform(-0.1, 1, (2, count)).astype(np.float32)
        return RowScores(ranks, *sides)

    return Comparison(some(), some())


def some_triplets(count: int = 30, **texts: str) -> list[Triplet]:
    """Rows with their numbers in their texts."""
    return [a_triplet(number, **texts) for number in range(count)]


def some_facts(folder: Path, comparison: Comparison, **fields: Any) -> Manifest:
    """The manifest of a model with the scores of a comparison."""
    measured = comparison.measured(seed=1)
    values = {
        "intervals": measured.intervals,
        "gate_intervals": measured.gates,
        "metrics": comparison.metrics(measured.intervals),
    }
    return a_manifest(a_model_folder(folder)).model_copy(update=values | fields)


def a_history(steps: int = 12, evaluated_every: int = 4) -> History:
    """The log of a training."""
    scores = some_scores(0.8).as_json()
    return History(
        [
            {"step": n, "epoch": n / steps, "loss": 1 / n, "learningRate": 2e-5, "gradNorm": 1.0}
            for n in range(1, steps + 1)
        ],
        [{"step": n, "evaluation": scores} for n in range(0, steps + 1, evaluated_every)],
    )
