"""What the rows say of a model and its baseline. Numpy only; knows no model and no file."""

from typing import NamedTuple

from sbert_api.evaluation_file import EvaluationFile
from sbert_api.gate import FEWEST_ROWS
from sbert_api.v1alpha1.evaluation_status import EvaluationMetrics, Verdict
from sbert_api.v1alpha1.gate import GateResult
from sbert_api.v1alpha1.scores import Gains, Interval
from sbert_trainer.gates import judged
from sbert_trainer.intervals import Comparison, intervals_of_one
from sbert_trainer.manifest import Intervals
from sbert_trainer.metric_words import HEADLINE
from sbert_trainer.metrics import RowScores


class Compared(NamedTuple):
    """Scores, how sure they are, and what follows from them."""

    metrics: EvaluationMetrics
    intervals: Intervals
    verdict: Verdict | None = None
    gate: GateResult | None = None


def compare(task: EvaluationFile, model: RowScores, baseline: RowScores | None) -> Compared:
    """Judge the model; without a baseline there are its scores alone."""
    seed = task.spec.random_seed
    if baseline is None:
        metrics = EvaluationMetrics(model=model.scores())
        return Compared(metrics, intervals_of_one(model, seed))
    measured = Comparison(baseline, model).measured(seed)
    gain = measured.intervals["gain"]
    rows = len(model.rank)
    metrics = EvaluationMetrics(
        model=model.scores(), baseline=baseline.scores(), gain=Gains.model_validate(gain)
    )
    gate = judged(task.spec.pass_if, measured.gates, rows, task.baseline_model_tag or "")
    return Compared(metrics, measured.intervals, verdict_of(gain[HEADLINE], rows), gate)


def verdict_of(gain: Interval, rows: int) -> Verdict:
    """By the gain in tripletAccuracy over so many rows, with its 95 % interval.

    Better if the interval lies above 0, Worse if it lies below. Same says that the rows show no
    difference; so few rows never do.
    """
    if rows < FEWEST_ROWS or gain.low <= 0 <= gain.high:
        return "Same"
    return "Better" if gain.low > 0 else "Worse"
