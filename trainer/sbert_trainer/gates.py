"""The intervals that quality gates are judged by. They stand in a model's manifest, so that a task
that reuses the model has its own gate judged without scoring anything again. Numpy-free.
"""

from sbert_api.gate import judge_gate
from sbert_api.v1alpha1.gate import Gate, GateMetric, GateResult
from sbert_api.v1alpha1.scores import Interval

GateIntervals = dict[GateMetric, dict[str, Interval]]
"""Of each gain that a gate may ask for, by the confidence as `confidence_key` writes it."""


def confidence_key(confidence: float) -> str:
    """`0.95`: a key of JSON is a text."""
    return f"{confidence:g}"


def judged(
    gate: Gate | None, intervals: GateIntervals, rows: int, against: str
) -> GateResult | None:
    """How `gate` is judged by `intervals` over so many rows; None if there is no gate.

    Raises KeyError if the intervals are those of a model that was published without them.
    """
    if gate is None:
        return None
    gain = intervals[gate.metric][confidence_key(gate.confidence)]
    return judge_gate(gate, gain, rows, against)
