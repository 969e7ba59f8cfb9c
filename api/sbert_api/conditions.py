"""The conditions of a task: their types, and how one is set without moving time needlessly."""

from enum import StrEnum

from sbert_api.v1alpha1.common import Condition


class ConditionType(StrEnum):
    """Validated: the data and the model folder were checked. Running and Suspended say how far;
    Complete and Failed end a run (the words of a batch/v1 Job)."""

    VALIDATED = "Validated"
    RUNNING = "Running"
    SUSPENDED = "Suspended"
    COMPLETE = "Complete"
    FAILED = "Failed"


class GateCondition(StrEnum):
    """How a quality gate was judged; only tasks that have one have the condition."""

    PROMOTED = "Promoted"
    """Of a TrainingTask with promoteIf."""
    PASSED = "Passed"
    """Of an EvaluationTask with passIf."""


def set_condition(conditions: list[Condition], new: Condition) -> list[Condition]:
    """`conditions` with `new` in the place of the one of its type.

    lastTransitionTime moves only when the status does, as Kubernetes' API conventions ask:
    https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md
    """
    old = next((c for c in conditions if c.type == new.type), None)
    if old and old.status == new.status:
        new = new.model_copy(update={"last_transition_time": old.last_transition_time})
    others = [c for c in conditions if c.type != new.type]
    return sorted([*others, new], key=lambda c: c.type)
