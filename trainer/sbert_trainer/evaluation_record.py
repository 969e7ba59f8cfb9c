"""All that is known of an evaluation at its end: what its JSON file holds, and its page shows."""

import json
from typing import Any

from sbert_api.contract import Contract
from sbert_api.evaluation_result import Evaluated
from sbert_api.v1alpha1.evaluation_status import EvaluationData, EvaluationMetrics, Verdict
from sbert_api.v1alpha1.gate import GateResult
from sbert_trainer.manifest import BaseModel, Intervals


class EvaluationRecord(Contract):
    """What `evaluations/<name>.json` holds."""

    task: dict[str, str]
    """task: name, namespace and uid of the EvaluationTask."""
    run_key: str
    """runKey: of the run."""
    model: BaseModel
    """model: what was evaluated."""
    baseline: BaseModel | None
    """baseline: what it was compared with."""
    data: EvaluationData
    """data: the rows that judged."""
    parameters: dict[str, Any]
    """parameters: the spec."""
    metrics: EvaluationMetrics
    """metrics: scores on the same rows."""
    intervals: Intervals
    """intervals: 95 % intervals of the baseline's (base) and the model's (trained) scores, and of
    the gains."""
    verdict: Verdict | None
    """verdict: on the gain in tripletAccuracy."""
    gate: GateResult | None
    """gate: how passIf was judged."""
    device: str
    """device: what it was evaluated on."""
    evaluation_seconds: float
    """evaluationSeconds: time of the evaluation."""
    versions: dict[str, str]
    """versions: of the libraries."""

    def text(self) -> str:
        """The record as it is written."""
        return json.dumps(self.as_json(), indent=2, sort_keys=True) + "\n"

    def result(self, report: str | None) -> Evaluated:
        """What the operator is told; `report` is the page's file below the model volume."""
        return Evaluated(
            run_key=self.run_key,
            model_tag=self.model.tag,
            baseline_model_tag=self.baseline.tag if self.baseline else None,
            device=self.device,
            evaluation_seconds=self.evaluation_seconds,
            data=self.data,
            metrics=self.metrics,
            verdict=self.verdict,
            gate=self.gate,
            report=report,
        )
