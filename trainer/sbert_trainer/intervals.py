"""How sure scores are: intervals from a paired bootstrap over the rows that judge.

Both models are scored on the same drawn rows. It knows no model and no file.
"""

from typing import NamedTuple, get_args

import numpy as np

from sbert_api.v1alpha1.gate import CONFIDENCES, GateMetric
from sbert_api.v1alpha1.scores import Gains, Interval, Metrics
from sbert_trainer.gates import GateIntervals, confidence_key
from sbert_trainer.manifest import Intervals
from sbert_trainer.metrics import DrawnRows, RowScores, Vector, by_name
from sbert_trainer.rank_correlation import Draws
from sbert_trainer.resampling import Numbers, interval, resample


class Measured(NamedTuple):
    """What the rows say of two models."""

    intervals: Intervals
    """95 % intervals of every score of either model, and of every gain."""
    gates: GateIntervals
    """Intervals of the gains that a gate may ask for, at all confidences."""


class Comparison(NamedTuple):
    """What the base model and the trained model make of the same rows."""

    base: RowScores
    trained: RowScores

    def metrics(self, intervals: Intervals) -> Metrics:
        """The scores as the status shows them."""
        return Metrics(
            base=self.base.scores(),
            trained=self.trained.scores(),
            gain=Gains.model_validate(intervals["gain"]),
        )

    def measured(self, seed: int) -> Measured:
        """The intervals; all are judged by the same resamples."""
        base, trained = _resampled(self.base, self.trained, seed=seed)
        gain = {name: trained[name] - base[name] for name in base if name in trained}
        return Measured(
            {"base": _intervals(base), "trained": _intervals(trained), "gain": _intervals(gain)},
            {metric: _at_all_confidences(gain[metric]) for metric in get_args(GateMetric)},
        )


def intervals_of_one(rows: RowScores, seed: int) -> Intervals:
    """The intervals of a model that is compared with none."""
    (trained,) = _resampled(rows, seed=seed)
    return {"trained": _intervals(trained)}


def _intervals(numbers: dict[str, Vector]) -> dict[str, Interval]:
    return {name: interval(number) for name, number in numbers.items()}


def _at_all_confidences(gain: Vector) -> dict[str, Interval]:
    return {confidence_key(c): interval(gain, c) for c in CONFIDENCES}


def _resampled(*sides: RowScores, seed: int) -> list[dict[str, Vector]]:
    """Each side's scores, over all rows and over the same resamples of them."""
    drawn = [DrawnRows(side) for side in sides]

    def numbers(draws: Draws) -> Numbers:
        return np.vstack([side.numbers(draws) for side in drawn])

    found = resample(numbers, len(sides[0].rank), seed)
    return [by_name(part) for part in np.vsplit(found, len(sides))]
