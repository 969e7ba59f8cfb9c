"""The kinds as people fill them in: what a file at the desk is checked by. Torch-free."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sbert_api.contract import Contract
from sbert_api.kinds import EVALUATION_TASK, TRAINING_TASK, Kind
from sbert_api.v1alpha1.evaluation_rules import broken_evaluation_rules
from sbert_api.v1alpha1.evaluation_task import EvaluationTaskSpec
from sbert_api.v1alpha1.training_rules import broken_rules
from sbert_api.v1alpha1.training_task import TrainingTaskSpec

Spec = TypeVar("Spec", bound=Contract)


@dataclass(frozen=True)
class Form(Generic[Spec]):
    """One kind."""

    kind: Kind
    spec: type[Spec]
    broken_rules: Callable[[Spec], list[tuple[str, str]]]
    """Field and words of each rule over several fields that a spec breaks."""


TRAINING = Form(TRAINING_TASK, TrainingTaskSpec, broken_rules)
EVALUATION = Form(EVALUATION_TASK, EvaluationTaskSpec, broken_evaluation_rules)
