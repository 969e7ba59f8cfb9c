"""What a pass can do next. Each action is carried out by the controller. Pure."""

from dataclasses import dataclass
from datetime import datetime

from sbert_api.reasons import Reason
from sbert_api.v1alpha1.training_status import Failure
from sbert_operator import failures, sanitise, status
from sbert_operator.merge_patch import merge_patch
from sbert_operator.observed import AnyObserved, AnyStatus, Job, Manifest, Observed, Pod


@dataclass(frozen=True)
class Settle:
    """Nothing is left to do now."""

    blocked: str = ""
    """What is waited for, if it must be tried again."""
    again_in: float | None = None
    """Seconds after which to look again."""


@dataclass(frozen=True)
class ReadJobs:
    """Read the task's Jobs from the API server: the memory of them may lag."""


@dataclass(frozen=True)
class ReadPods:
    """Read the pods of this Job."""

    job: Job


@dataclass(frozen=True)
class ReadLog:
    """Read the end of the log of this pod's container."""

    pod: Pod
    container: str


@dataclass(frozen=True)
class ReadEvents:
    """Read what Events say of this Job and its pod."""

    job: Job
    pod: Pod | None


@dataclass(frozen=True)
class CreateJob:
    """Create this Job."""

    manifest: Manifest


@dataclass(frozen=True)
class SuspendJob:
    """Make this Job pause, or go on."""

    job: Job
    suspend: bool


@dataclass(frozen=True)
class DeleteJob:
    """Delete this Job and its pods; their end is seen by a later pass."""

    job: Job


@dataclass(frozen=True)
class ReadTraining:
    """Read the TrainingTask of this name, which an evaluation refers to."""

    name: str


@dataclass(frozen=True)
class WriteStatus:
    """Make this the task's status."""

    status: AnyStatus


Read = ReadJobs | ReadPods | ReadLog | ReadEvents | ReadTraining
Action = Settle | Read | CreateJob | SuspendJob | DeleteJob | WriteStatus


def write(
    seen: AnyObserved, wanted: AnyStatus, blocked: str = "", again_in: float | None = None
) -> Action:
    """Write the status if it is not what is stored, else settle."""
    if merge_patch(wanted.as_json(), seen.task.raw_status):
        return WriteStatus(wanted)
    return Settle(blocked, again_in)


def failed(
    seen: Observed, reason: Reason, message: str, now: datetime, job: Job | None = None
) -> Action:
    """End the run for a reason that the operator found itself."""
    return write(seen, status.failed(seen, found_failure(seen, reason, message, job), now, job))


def found_failure(
    seen: AnyObserved, reason: Reason, message: str, job: Job | None = None
) -> Failure:
    """A failure that the operator found itself."""
    pods, run = seen.pods or (), seen.task.status.run
    return Failure(
        reason=reason,
        message=sanitise.one_line(message),
        hint=failures.hint_of(reason, seen.task),
        attempt=min(job.attempts, 1000) if job else (run.attempt if run else 0),
        pod=pods[-1].name if pods else None,
        log_tail=sanitise.last_lines(seen.log or "", failures.LOG_LINES),
    )
