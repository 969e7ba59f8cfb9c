"""Why a step's pod does not start, in the words of who keeps it from starting. Pure.

It is looked at only after a while: most pods start before anybody would ask. It recovers by itself.
"""

from collections.abc import Callable
from datetime import datetime

from sbert_api.reasons import Reason
from sbert_operator import sanitise
from sbert_operator.actions import Action, ReadEvents, ReadPods, write
from sbert_operator.failures import IMAGE_WORDS
from sbert_operator.observed import AnyObserved, AnyStatus, Job, Obstacle, Pod
from sbert_operator.usage import phase_since

PATIENCE = 30.0
"""Seconds in which a pod may start unasked."""
LOOKS = (10.0, 60.0)
"""Seconds between two looks at a pod that does not start: a third of its wait, within these."""

_STARTING = {"", "ContainerCreating", "PodInitializing"}
_FROM_EVENTS: tuple[tuple[str, Reason], ...] = (
    ("exceeded quota", Reason.QUOTA_EXCEEDED),
    ("FailedCreate:", Reason.POD_REJECTED),
    ("FailedAttachVolume:", Reason.POD_NOT_STARTED),
    ("FailedMount:", Reason.POD_NOT_STARTED),
)
"""What an Event's text tells, the first that fits."""


def explain(
    seen: AnyObserved,
    job: Job,
    now: datetime,
    plain: AnyStatus,
    told: Callable[[Obstacle], AnyStatus],
) -> Action:
    """Queued, and after a while why. Raises nothing: what cannot be told stays Queued.

    `plain`: the status of a task that waits as all do; `told`: of one that waits for something.
    """
    if job.suspended and job.queued:
        message = f"Job {job.key.name} waits for Kueue to admit it"
        return write(seen, told(Obstacle(Reason.AWAITING_ADMISSION, message)))
    waited = (now - _since(seen, job)).total_seconds()
    if job.ready:
        return write(seen, plain)
    if waited < PATIENCE:
        return write(seen, plain, again_in=PATIENCE - waited)
    if seen.pods is None:
        return ReadPods(job)
    pod = _coming(seen.pods)
    obstacle = _of_pod(pod) if pod else None
    if obstacle is None and seen.complaints is None:
        return ReadEvents(job, pod)
    obstacle = obstacle or _of_events(seen.complaints or ())
    wanted = told(obstacle) if obstacle else plain
    return write(seen, wanted, again_in=min(max(waited / 3, LOOKS[0]), LOOKS[1]))


def next_attempt(
    seen: AnyObserved,
    job: Job,
    now: datetime,
    running: AnyStatus,
    told: Callable[[Obstacle], AnyStatus],
) -> Action:
    """What is said of a run that was Running and has no ready pod: the same between two attempts.

    If after a while the next pod does not start, or cannot be made, it is still Running, for its
    Job must not be made anew, and says why.
    """
    waited = (now - (seen.unready_since or now)).total_seconds()
    if waited < PATIENCE:
        return write(seen, running, again_in=PATIENCE - waited)
    return explain(seen, job, now, running, told)


def _coming(pods: tuple[Pod, ...]) -> Pod | None:
    """The youngest pod that has not ended."""
    return next((pod for pod in reversed(pods) if pod.exit_code is None), None)


def refusal(message: str) -> Obstacle:
    """What a Job waits for that the API server did not allow now, from its words."""
    if "exceeded quota" in message:
        return Obstacle(Reason.QUOTA_EXCEEDED, message)
    if "denied the request" in message or "violates PodSecurity" in message:
        return Obstacle(Reason.POD_REJECTED, message)
    return Obstacle(Reason.QUEUED, f"the API server does not allow the Job yet: {message}")


def _since(seen: AnyObserved, job: Job) -> datetime:
    """When the wait began: with the Job, or with the end of a suspension."""
    return max(job.created, phase_since(seen.task.status) or job.created)


def _of_pod(pod: Pod) -> Obstacle | None:
    if pod.unschedulable:
        claim = "persistentvolumeclaim" in pod.unschedulable.lower()
        reason = Reason.VOLUME_NOT_FOUND if claim else Reason.UNSCHEDULABLE
        return Obstacle(reason, sanitise.one_line(pod.unschedulable))
    if pod.waiting in _STARTING:
        return None
    reason = Reason.IMAGE_PULL_FAILED if pod.waiting in IMAGE_WORDS else Reason.POD_NOT_STARTED
    return Obstacle(reason, sanitise.one_line(f"{pod.waiting}: {pod.waiting_message}"))


def _of_events(complaints: tuple[str, ...]) -> Obstacle | None:
    for text in complaints:
        for words, reason in _FROM_EVENTS:
            if words in text:
                return Obstacle(reason, sanitise.one_line(text))
    return None
