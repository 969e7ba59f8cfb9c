"""Judges a quality gate. Pure: a gain with its interval in, a verdict with its reason in words out.

Only a gain that the rows show passes. It must never import numpy: whether a reused model passes is
asked where there is none.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from sbert_api.reasons import Reason
from sbert_api.v1alpha1.gate import Gate, GateResult
from sbert_api.v1alpha1.scores import Interval

FEWEST_ROWS = 30
"""Rows below which nothing counts as shown: bootstrap intervals of so few rows are too narrow.
Measured in docs/evaluation.md."""
_NOTHING_KNOWN = -1.0
"""The gain that is left to be sure of where nothing counts as shown."""
_DIGITS = 3


def judge_gate(gate: Gate, gain: Interval, rows: int, against: str) -> GateResult:
    """Whether `gain`, of the gate's metric and at its confidence, over so many rows passes.

    `against` says in words what the model is compared with: "the base model".
    """
    enough = rows >= FEWEST_ROWS
    passed = (gain.low if enough else _NOTHING_KNOWN) >= gate.min_gain
    found = f"{gate.metric} {_with_ends(gain, _digits(gate.min_gain))} on {rows} rows"
    asked = f"against {against}; asked for at least {gate.min_gain:g}"
    why = "" if enough or passed else f", by fewer than {FEWEST_ROWS} rows"
    return GateResult(
        metric=gate.metric,
        min_gain=gate.min_gain,
        confidence=gate.confidence,
        **gain.model_dump(),
        passed=passed,
        message=f"{found} {asked} at {gate.confidence:.0%} confidence:"
        f" {'shown' if passed else 'not shown'}{why}",
    )


def reason_of_gate(result: GateResult) -> Reason:
    """The reason of the condition that says how a gate was judged."""
    return Reason.QUALITY_GATE_PASSED if result.passed else Reason.QUALITY_GATE_FAILED


def _digits(min_gain: float) -> int:
    """As many as what was asked for has, so that the two can be compared by eye."""
    exponent = Decimal(f"{min_gain:g}").normalize().as_tuple().exponent
    return max(_DIGITS, -exponent) if isinstance(exponent, int) else _DIGITS


def _with_ends(gain: Interval, digits: int) -> str:
    """`+0.031 [0.012, 0.050]`. The ends are rounded outwards: a low end that is a little below what
    was asked for must not look as if it were not."""
    unit = Decimal(1).scaleb(-digits)
    value = Decimal(str(gain.value)).quantize(unit, ROUND_HALF_EVEN)
    low = Decimal(str(gain.low)).quantize(unit, ROUND_FLOOR)
    high = Decimal(str(gain.high)).quantize(unit, ROUND_CEILING)
    return f"{value:+f} [{low:f}, {high:f}]"
