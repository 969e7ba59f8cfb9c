"""What the operator does with each kind of task: how it is read, decided and counted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic

from sbert_api.kinds import EVALUATION_TASK, TRAINING_TASK, Kind
from sbert_api.v1alpha1.training_status import Usage
from sbert_operator import evaluating, reconcile
from sbert_operator.actions import Action
from sbert_operator.observed import (
    Evaluation,
    Job,
    Manifest,
    ObservedOf,
    SomeTask,
    Task,
)
from sbert_operator.reading import evaluation_of, task_of
from sbert_operator.settings import TrainerSettings
from sbert_operator.usage import usage_between


@dataclass(frozen=True)
class Handling(Generic[SomeTask]):
    """One kind of task."""

    kind: Kind
    read: Callable[[Manifest], SomeTask]
    reconcile: Callable[[ObservedOf[SomeTask], TrainerSettings, datetime], Action]
    current_job: Callable[[ObservedOf[SomeTask]], Job | None]
    usage_between: Callable[[Any, Any], Usage]
    """What was used from one status of the kind to the next."""


TRAINING: Handling[Task] = Handling(
    TRAINING_TASK, task_of, reconcile.reconcile, reconcile.current_job, usage_between
)
EVALUATION: Handling[Evaluation] = Handling(
    EVALUATION_TASK,
    evaluation_of,
    evaluating.reconcile,
    evaluating.current_job,
    lambda _before, _after: Usage(),
)
