"""A task that has ended: nothing, for ever, but to answer a change that asks for no run, and to
tidy up. Pure.
"""

from datetime import datetime

from sbert_operator.actions import Action, DeleteJob, Settle, write
from sbert_operator.observed import AnyObserved, AnyStatus, AnyTask


def at_rest(seen: AnyObserved, now: datetime) -> Action:
    """The next action for a task that has ended and is asked for no new run."""
    task = seen.task
    if not task.at_rest:
        return write(seen, _answered(task))
    left = [job for job in seen.jobs if not job.deleting]
    if task.expires is None or not left:
        return Settle()
    seconds = (task.expires - now).total_seconds()
    return Settle(again_in=seconds) if seconds > 0 else DeleteJob(left[0])


def _answered(task: AnyTask) -> AnyStatus:
    """The status as it is, but about the latest spec."""
    seen = {"observed_generation": task.generation}
    conditions = [c.model_copy(update=seen) for c in task.status.conditions]
    return task.status.model_copy(update={**seen, "conditions": conditions})
