"""The quality gate: what a model must gain. The same for TrainingTask and EvaluationTask."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from sbert_api.contract import Contract

GateMetric = Literal["tripletAccuracy", "mrr10", "ndcg10", "spearmanCorrelation"]
CONFIDENCES: tuple[float, ...] = (0.8, 0.9, 0.95, 0.99)
"""Few, so that a model's manifest can hold the ends of all intervals: when the model is reused, the
gate of another task is judged by the same numbers."""


def _offered(confidence: float) -> float:
    if confidence not in CONFIDENCES:
        raise ValueError(f"expected one of {', '.join(map(str, CONFIDENCES))}")
    return confidence


Confidence = Annotated[
    float,
    Field(ge=CONFIDENCES[0], le=CONFIDENCES[-1], json_schema_extra={"enum": list(CONFIDENCES)}),
    AfterValidator(_offered),
]
Difference = Annotated[float, Field(ge=-2.01, le=2.01)]


class Gate(Contract):
    """What the model must gain on the model that it is compared with."""

    metric: GateMetric = "tripletAccuracy"
    """metric: the score that decides, by its name in status.metrics: tripletAccuracy, mrr10, ndcg10
    or spearmanCorrelation."""

    min_gain: Annotated[float, Field(ge=-1, le=1)] = 0.0
    """minGain: the lower end of the gain's interval must be at least this; 0 asks for no loss, 0.02
    for two points more, -0.01 bears the loss of one."""

    confidence: Confidence = 0.95
    """confidence: of the gain's interval, a paired bootstrap over the rows: 0.8, 0.9, 0.95 or
    0.99; the higher, the more rows it takes to show a gain."""


class GateResult(Contract):
    """How a gate was judged."""

    metric: GateMetric
    """metric: the score that decided."""

    min_gain: Annotated[float, Field(ge=-1, le=1)]
    """minGain: what was asked for."""

    confidence: Annotated[float, Field(ge=0, le=1)]
    """confidence: of the interval."""

    value: Difference
    """value: the gain on the rows."""

    low: Difference
    """low: lower end of the gain's interval."""

    high: Difference
    """high: upper end of the gain's interval."""

    passed: bool
    """passed: whether the rows show the gain that was asked for."""

    message: Annotated[str, StringConstraints(max_length=512)]
    """message: the same in words."""
