"""The end of a good evaluation, as a trainer pod says it; result.py writes and reads it."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from sbert_api.contract import Contract
from sbert_api.v1alpha1.evaluation_status import (
    EvaluationData,
    EvaluationMetrics,
    FilePath,
    ModelTag,
    Verdict,
)
from sbert_api.v1alpha1.gate import GateResult
from sbert_api.v1alpha1.training_status import Seconds


class Evaluated(Contract):
    """The end of a good evaluation: what the rows say of the model."""

    outcome: Literal["Evaluated"] = "Evaluated"
    run_key: Annotated[str, StringConstraints(max_length=64)]
    """runKey: of the run."""
    model_tag: ModelTag
    """modelTag: the model that was evaluated."""
    baseline_model_tag: ModelTag | None = None
    """baselineModelTag: the model that it was compared with."""
    device: Annotated[str, StringConstraints(max_length=64)]
    """device: what it was evaluated on."""
    evaluation_seconds: Seconds
    """evaluationSeconds: time of the evaluation, without loading libraries and reading data."""
    data: EvaluationData
    """data: the rows that judged."""
    metrics: EvaluationMetrics
    """metrics: scores on the same rows."""
    verdict: Verdict | None = None
    """verdict: on the gain in tripletAccuracy; none without a baseline."""
    gate: GateResult | None = None
    """gate: how passIf was judged."""
    report: FilePath | None = None
    """report: a file below the model volume, if it could be put there."""
