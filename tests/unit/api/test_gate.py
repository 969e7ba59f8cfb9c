"""The quality gate: what is judged, and that its words agree with its judgement."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbert_api.gate import FEWEST_ROWS, judge_gate, reason_of_gate
from sbert_api.v1alpha1.gate import Gate
from sbert_api.v1alpha1.scores import Interval


def a_gain(low: float, value: float | None = None, high: float | None = None) -> Interval:
    middle = low + 0.02 if value is None else value
    return Interval(value=middle, low=low, high=middle + 0.02 if high is None else high)


def judged(low: float, rows: int = 500, **gate: Any) -> bool:
    return judge_gate(Gate(**gate), a_gain(low), rows, "the base model").passed


@pytest.mark.parametrize(
    ("low", "min_gain", "passed"),
    [
        pytest.param(0.0, 0.0, True, id="no loss was asked for and none is shown"),
        pytest.param(-0.000001, 0.0, False, id="a loss is possible"),
        pytest.param(0.02, 0.02, True, id="just what was asked for"),
        pytest.param(0.019999, 0.02, False, id="a little less"),
        pytest.param(-0.01, -0.01, True, id="a loss that is borne"),
        pytest.param(-0.02, -0.01, False, id="more than is borne"),
    ],
)
def test_the_lower_end_of_the_gain_decides(low: float, min_gain: float, *, passed: bool) -> None:
    assert judged(low, min_gain=min_gain) is passed


@pytest.mark.parametrize("rows", [1, FEWEST_ROWS - 1])
def test_a_few_rows_show_nothing(rows: int) -> None:
    result = judge_gate(Gate(), a_gain(0.5), rows, "the base model")
    assert not result.passed
    assert result.message.endswith(f": not shown, by fewer than {FEWEST_ROWS} rows")
    assert judged(0.5, rows=FEWEST_ROWS)


def test_a_gate_that_asks_for_nothing_is_passed_by_any_rows() -> None:
    assert judged(-0.9, rows=1, min_gain=-1.0)


def test_the_message_says_gain_interval_rows_and_what_was_asked_for() -> None:
    gate = Gate(min_gain=0.02)
    found = judge_gate(gate, a_gain(0.0123, 0.031, 0.0499), 700, "the base model")
    assert found.message == (
        "tripletAccuracy +0.031 [0.012, 0.050] on 700 rows against the base model; asked for at"
        " least 0.02 at 95% confidence: not shown"
    )
    assert reason_of_gate(found) == "QualityGateFailed"
    passed = judge_gate(Gate(metric="mrr10"), a_gain(0.0123, 0.031, 0.0499), 700, "models/old")
    assert passed.message == (
        "mrr10 +0.031 [0.012, 0.050] on 700 rows against models/old; asked for at least 0 at 95%"
        " confidence: shown"
    )
    assert reason_of_gate(passed) == "QualityGatePassed"


def test_the_result_holds_what_was_judged() -> None:
    gate = Gate(metric="ndcg10", min_gain=0.01, confidence=0.99)
    found = judge_gate(gate, a_gain(0.02, 0.03, 0.04), 100, "the base model")
    assert found.as_json() == {
        "metric": "ndcg10",
        "minGain": 0.01,
        "confidence": 0.99,
        "value": 0.03,
        "low": 0.02,
        "high": 0.04,
        "passed": True,
        "message": found.message,
    }


sixths = st.integers(-1_000_000, 1_000_000).map(lambda number: number / 1_000_000)


@given(low=sixths, min_gain=sixths)
def test_the_numbers_of_the_message_never_contradict_it(low: float, min_gain: float) -> None:
    found = judge_gate(Gate(min_gain=min_gain), a_gain(low), 100, "the base model")
    shown_low = float(re.findall(r"\[(\S+),", found.message)[0])
    assert (shown_low >= float(f"{min_gain:g}")) == found.passed


@given(value=sixths, low=sixths, high=sixths, min_gain=sixths)
def test_any_result_fits_the_contract(
    value: float, low: float, high: float, min_gain: float
) -> None:
    gate = Gate(metric="spearmanCorrelation", min_gain=min_gain)
    gain = Interval(value=2 * value, low=2 * low, high=2 * high)
    assert len(judge_gate(gate, gain, 1_000_000, "m" * 253).message) <= 512
