"""The rules of an EvaluationTask that concern more than one field, for files at the desk. Pure.

The API server judges by the CEL rules of the CRD; this is the same for a task that never gets
there.
"""

from collections.abc import Callable

from sbert_api.v1alpha1.evaluation_task import (
    A_MODEL,
    ANOTHER_BASELINE,
    ONE_DATA_SOURCE,
    SOMETHING_TO_COMPARE,
    EvaluationTaskSpec,
)
from sbert_api.v1alpha1.training_rules import no_gpu_on_cpu
from sbert_api.v1alpha1.training_task import NO_GPU_ON_CPU


def _one_data_source(spec: EvaluationTaskSpec) -> bool:
    return (spec.dataset_id is None) != (spec.training_task_ref is None)


def _a_model(spec: EvaluationTaskSpec) -> bool:
    return spec.model_tag is not None or spec.training_task_ref is not None


def _another_baseline(spec: EvaluationTaskSpec) -> bool:
    return spec.model_tag is None or spec.model_tag != spec.baseline_model_tag


def _something_to_compare(spec: EvaluationTaskSpec) -> bool:
    if spec.pass_if is None:
        return True
    return spec.baseline_model_tag is not None or spec.training_task_ref is not None


_RULES: tuple[tuple[dict[str, str], Callable[[EvaluationTaskSpec], bool]], ...] = (
    (ONE_DATA_SOURCE, _one_data_source),
    (A_MODEL, _a_model),
    (ANOTHER_BASELINE, _another_baseline),
    (SOMETHING_TO_COMPARE, _something_to_compare),
    (NO_GPU_ON_CPU, no_gpu_on_cpu),
)


def broken_evaluation_rules(spec: EvaluationTaskSpec) -> list[tuple[str, str]]:
    """The field and the words of each rule that `spec` breaks, as the API server would say them."""
    return [
        (rule["fieldPath"].removeprefix("."), rule["message"])
        for rule, holds in _RULES
        if not holds(spec)
    ]
