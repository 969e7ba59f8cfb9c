"""What the operator decides about a TrainingTask, for tests."""

from sbert_api.v1alpha1.training_status import TrainingTaskStatus
from sbert_operator.actions import Action, WriteStatus
from sbert_operator.observed import Observed
from sbert_operator.reconcile import reconcile
from tests.unit.operator.builders import NOW, SETTINGS


def decide(seen: Observed) -> Action:
    """The next action, at NOW."""
    return reconcile(seen, SETTINGS, NOW)


def written(seen: Observed) -> TrainingTaskStatus:
    """The status that is written next."""
    action = decide(seen)
    assert isinstance(action, WriteStatus), action
    assert isinstance(action.status, TrainingTaskStatus)
    return action.status
