"""What a run has used so far: time in the queue, time in training, time of GPUs. Pure.

It grows when the phase changes, by the time that the phase lasted: conditions tell since when.
"""

from datetime import datetime

from sbert_api.conditions import ConditionType
from sbert_api.v1alpha1.training_status import Phase, TrainingTaskStatus, Usage
from sbert_operator import times
from sbert_operator.observed import AnyStatus

_MOVE_WITH_THE_PHASE = (ConditionType.RUNNING, ConditionType.SUSPENDED)


def usage_after(
    before: TrainingTaskStatus, phase: Phase, started: datetime | None, until: datetime, gpus: int
) -> Usage:
    """The usage when `phase` follows on the status `before`.

    `until`: when the phase before ended. `started`: when the first training pod started, which a
    run that is over soon never showed as Running. `gpus`: what a training pod holds.
    """
    found, since = before.usage or Usage(), phase_since(before)
    if phase == before.phase or since is None:
        return found
    queued, trained = _lasted(since, until), 0.0
    if before.phase == "Running":
        queued, trained = 0.0, queued
    elif before.phase == "Suspended":
        queued = 0.0
    elif phase in ("Done", "Failed") and started:
        queued, trained = _lasted(since, started), _lasted(started, until)
    return Usage(
        queued_seconds=found.queued_seconds + queued,
        training_seconds=found.training_seconds + trained,
        gpu_seconds=found.gpu_seconds + trained * gpus,
    )


def usage_at_end(status: TrainingTaskStatus, now: datetime, gpus: int) -> Usage | None:
    """What a run used that is over, or is ended now; None if nothing was ever said of it."""
    return status.usage if status.end_date else usage_after(status, "Failed", None, now, gpus)


def usage_between(before: TrainingTaskStatus, after: TrainingTaskStatus) -> Usage:
    """What was used from one status to the next, also where a new run began between the two."""
    old, new = before.usage or Usage(), after.usage or Usage()
    if before.run and after.run and before.run.key != after.run.key and after.history:
        new = after.history[0].usage or Usage()
    return Usage(
        queued_seconds=max(0.0, new.queued_seconds - old.queued_seconds),
        training_seconds=max(0.0, new.training_seconds - old.training_seconds),
        gpu_seconds=max(0.0, new.gpu_seconds - old.gpu_seconds),
    )


def phase_since(status: AnyStatus) -> datetime | None:
    """When the status got its phase, by the conditions that move with it; None: never said."""
    moments = [
        times.parse(condition.last_transition_time)
        for condition in status.conditions
        if condition.type in _MOVE_WITH_THE_PHASE
    ]
    return max((moment for moment in moments if moment), default=None)


def _lasted(since: datetime, until: datetime) -> float:
    return max(0.0, (until - since).total_seconds())
