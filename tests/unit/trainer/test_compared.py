"""What follows from the scores of a model and its baseline."""

import pytest

from sbert_api.gate import FEWEST_ROWS
from sbert_api.v1alpha1.scores import Interval
from sbert_trainer.compared import compare, verdict_of
from tests.unit.trainer.evaluations import an_assignment
from tests.unit.trainer.reports import a_comparison


@pytest.mark.parametrize(
    ("low", "high", "rows", "verdict"),
    [
        pytest.param(0.01, 0.05, 100, "Better", id="above zero"),
        pytest.param(-0.05, -0.01, 100, "Worse", id="below zero"),
        pytest.param(-0.01, 0.05, 100, "Same", id="zero in between"),
        pytest.param(0.0, 0.05, 100, "Same", id="zero at the end"),
        pytest.param(-0.05, 0.0, 100, "Same", id="zero at the other end"),
        pytest.param(0.01, 0.05, FEWEST_ROWS, "Better", id="as many rows as it takes"),
        pytest.param(0.01, 0.05, FEWEST_ROWS - 1, "Same", id="too few rows for a gain"),
        pytest.param(-0.05, -0.01, FEWEST_ROWS - 1, "Same", id="too few rows for a loss"),
    ],
)
def test_the_interval_of_the_gain_decides(low: float, high: float, rows: int, verdict: str) -> None:
    assert verdict_of(Interval(value=(low + high) / 2, low=low, high=high), rows) == verdict


def test_a_baseline_is_subtracted_row_by_row() -> None:
    baseline, model = a_comparison(200)
    task = an_assignment(
        baseline_model_tag="old", passIf={"metric": "mrr10", "minGain": 0.5, "confidence": 0.8}
    )
    found = compare(task, model, baseline)
    assert found.metrics.model == model.scores()
    assert found.metrics.baseline == baseline.scores()
    assert found.metrics.gain is not None
    assert found.metrics.gain.mrr10 == found.intervals["gain"]["mrr10"]
    assert found.metrics.gain.mrr10.value == pytest.approx(
        model.scores().mrr10 - baseline.scores().mrr10, abs=2e-6
    )
    assert found.gate is not None
    assert (found.gate.metric, found.gate.confidence, found.gate.passed) == ("mrr10", 0.8, False)
    assert "on 200 rows against old; asked for at least 0.5" in found.gate.message
    narrower, wider = found.gate, found.metrics.gain.mrr10
    assert narrower.low > wider.low, "at 80 % the interval is narrower"


def test_a_model_is_the_same_as_itself() -> None:
    model = a_comparison(200).base
    found = compare(an_assignment(baseline_model_tag="copy", passIf={}), model, model)
    assert found.verdict == "Same"
    assert found.gate is not None
    assert found.gate.passed, "no loss was asked for, and there is none"


def test_without_a_baseline_there_are_scores_alone() -> None:
    model = a_comparison(50).trained
    found = compare(an_assignment(), model, None)
    assert found.metrics.as_json() == {"model": model.scores().as_json()}
    assert set(found.intervals) == {"trained"}
    assert (found.verdict, found.gate) == (None, None)


def test_the_seed_decides_the_intervals() -> None:
    comparison = a_comparison(50)
    one, same, other = (
        compare(an_assignment(randomSeed=seed), comparison.trained, comparison.base)
        for seed in (1, 1, 2)
    )
    assert one == same
    assert one.intervals != other.intervals
