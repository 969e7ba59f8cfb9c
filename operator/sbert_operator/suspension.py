"""spec.suspend: the run pauses after a checkpoint and goes on from there. Pure.

A Job with a queue's label is Kueue's to suspend and to let start: its suspend field is never
touched. Such a Job is deleted instead, which gives its place in the queue back, and made anew.
"""

from collections.abc import Callable

from sbert_operator.actions import Action, DeleteJob, Settle, SuspendJob, write
from sbert_operator.observed import AnyObserved, AnyStatus, Job


def hold(seen: AnyObserved, job: Job | None, paused: Callable[[], AnyStatus]) -> Action | None:
    """What suspension asks for next; None: nothing, the run may go on.

    `paused`: makes the status of a task that is suspended, which few are.
    """
    spec = seen.task.spec
    if spec is None:
        return None
    if spec.suspend:
        return _pause(seen, job, paused)
    if job and job.deleting:
        return Settle()
    if job and job.suspended and not job.queued:
        return SuspendJob(job, suspend=False)
    return None


def _pause(seen: AnyObserved, job: Job | None, paused: Callable[[], AnyStatus]) -> Action:
    if job and not job.deleting:
        if job.queued:
            return DeleteJob(job)
        if not job.suspended:
            return SuspendJob(job, suspend=True)
    return write(seen, paused())
