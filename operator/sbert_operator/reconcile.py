"""What to do next for a task, from what is known of it. Pure: reads nothing, writes nothing.

The answer is one action; the controller carries it out, adds what it learned and asks again, until
the answer is Settle. So each rule stands alone, and a pass that dies anywhere is simply done again.
"""

from dataclasses import replace
from datetime import datetime

from sbert_api.reasons import Reason
from sbert_api.v1alpha1.training_status import TrainingTaskStatus
from sbert_operator import ended, jobs, runs, status, suspension, waiting
from sbert_operator.actions import (
    Action,
    CreateJob,
    DeleteJob,
    ReadJobs,
    ReadPods,
    Settle,
    failed,
    write,
)
from sbert_operator.at_rest import at_rest
from sbert_operator.observed import Job, Observed, Obstacle
from sbert_operator.settings import TrainerSettings
from sbert_operator.steps import TRAIN


def reconcile(seen: Observed, settings: TrainerSettings, now: datetime) -> Action:
    """The next action for a task. Once the status says what is true, that is Settle."""
    task = seen.task
    if task.deleting:
        return Settle()
    if runs.wants_new_run(task):
        return _begin(seen, settings, now)
    if task.finished:
        return at_rest(seen, now)
    if other := runs.other_run(task, seen.jobs):
        return _end_first(seen, other, now)
    return _go_on(seen, settings, now)


def _go_on(seen: Observed, settings: TrainerSettings, now: datetime) -> Action:
    """The next action for the present step of a run that is at work."""
    job = current_job(seen)
    if seen.obstacle:
        return _obstructed(seen, seen.obstacle, now)
    if job and job.end:
        return ended.ended(seen, job, settings, now)
    if held := suspension.hold(seen, job, lambda: status.suspended(seen, now)):
        return held
    return _unfinished(seen, job, now) if job else _without_job(seen, settings, now)


def current_job(seen: Observed) -> Job | None:
    """The Job of the run's present step: the one that is not finished, else the youngest."""
    run = seen.task.status.run
    own = [job for job in seen.jobs if run and runs.is_of_step(job, run)]
    return max(own, key=lambda job: (not job.end, job.created), default=None)


def _begin(seen: Observed, settings: TrainerSettings, now: datetime) -> Action:
    """Record the run before anything of it exists; the next passes do what the record says.

    Where Jobs are there without a record, somebody took that away: their run just goes on.
    """
    task, job = seen.task, current_job(seen)
    run = runs.new_run(task, seen.jobs, now)
    before = status.of_new_run(task, run, now, job.gpus if job else 0)
    fresh = replace(seen, task=replace(task, status=before))
    if task.spec is None:
        return failed(fresh, Reason.INVALID_SPEC, task.invalid, now)
    if task.status.run is None and seen.jobs:
        return _go_on(fresh, settings, now)
    fresh = replace(fresh, pods=None, log=None, progress=None)
    if task.spec.suspend:
        return write(fresh, status.suspended(fresh, now))
    return write(fresh, status.queued(fresh, None, now))


def _end_first(seen: Observed, job: Job, now: datetime) -> Action:
    """The Job of an earlier run goes, and its pod is gone before anything of this run starts."""
    if not job.deleting:
        return DeleteJob(job)
    return write(seen, status.replacing(seen, job, now))


def _obstructed(seen: Observed, obstacle: Obstacle, now: datetime) -> Action:
    if obstacle.final:
        return failed(seen, obstacle.reason, obstacle.message, now)
    # A run that is Running gets its step's second Job: what was said of the first stays true. One
    # that was suspended has a start time as well, but its pod is still to come.
    if seen.task.status.phase == "Running":
        return Settle(blocked=obstacle.message)
    return write(seen, status.waiting(seen, obstacle, now), blocked=obstacle.message)


def _without_job(seen: Observed, settings: TrainerSettings, now: datetime) -> Action:
    """Create the step's Job, unless its training was seen to start: then somebody deleted it.

    Whether it had ended just before cannot be told apart: nothing else records it. Training is not
    repeated unasked, so the run fails and says where a model would be, had it been published. A Job
    that was deleted by a suspension comes back.
    """
    task, run = seen.task, seen.task.status.run
    assert run
    gone = run.step == TRAIN.step and task.status.start_time and task.status.phase == "Running"
    if not gone:
        if task.spec is None:
            return failed(seen, Reason.INVALID_SPEC, task.invalid, now)
        return CreateJob(jobs.build_job(task, run, settings))
    if not seen.jobs_are_live:
        return ReadJobs()
    message = (
        f"Job {run.job_name} is gone and its end was not seen; had it published a model, it would"
        f" be {run.model_id}"
    )
    return failed(seen, Reason.JOB_DELETED, message, now)


def _unfinished(seen: Observed, job: Job, now: datetime) -> Action:
    """Queued until an attempt of the training has started; Running from then on, also between two
    attempts."""
    if job.step != TRAIN.label or _resumes(seen, job):
        return _waiting(seen, job, now)
    if status.started(seen, now):
        running = status.running(seen, job, now)
        return write(seen, running) if job.ready else _next_attempt(seen, job, now, running)
    if seen.pods is None and (job.ready or job.attempts > job.active):
        return ReadPods(job)
    if job.ready:
        return write(seen, status.running(seen, job, now))
    return _waiting(seen, job, now)


def _next_attempt(seen: Observed, job: Job, now: datetime, running: TrainingTaskStatus) -> Action:
    return waiting.next_attempt(
        seen, job, now, running, lambda obstacle: status.running(seen, job, now, obstacle)
    )


def _waiting(seen: Observed, job: Job, now: datetime) -> Action:
    plain = status.queued(seen, job, now)
    return waiting.explain(
        seen, job, now, plain, lambda obstacle: status.waiting(seen, obstacle, now)
    )


def _resumes(seen: Observed, job: Job) -> bool:
    """After a suspension the run is Queued again until a pod is ready."""
    before = seen.task.status
    return bool(before.start_time) and before.phase != "Running" and not job.ready
