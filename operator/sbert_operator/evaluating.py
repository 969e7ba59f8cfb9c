"""What to do next for an EvaluationTask. Pure, by the same rules as reconcile.py: a run is recorded
first, then the models that it compares, then its Job is made of the two.
"""

from dataclasses import replace
from datetime import datetime

from sbert_api import names
from sbert_api.evaluation_file import EvaluationFile
from sbert_api.reasons import Reason
from sbert_api.v1alpha1.evaluation_status import EvaluationRun, EvaluationTaskStatus
from sbert_operator import evaluation_ended, jobs, runs, suspension, volumes, waiting
from sbert_operator import evaluation_status as status
from sbert_operator.actions import (
    Action,
    CreateJob,
    DeleteJob,
    ReadJobs,
    ReadPods,
    ReadTraining,
    Settle,
    found_failure,
    write,
)
from sbert_operator.at_rest import at_rest
from sbert_operator.observed import Evaluation, Job, ObservedEvaluation, Obstacle
from sbert_operator.settings import TrainerSettings
from sbert_operator.steps import EVALUATE_SUFFIX
from sbert_operator.usage import phase_since

ABSENT_SECONDS = 60.0
"""How long a TrainingTask may be absent: both may come by one `kubectl apply`, in any order, and
one that is replaced is gone for a moment."""
LOOK_AGAIN = 30.0
"""Seconds between two looks at a TrainingTask; its end is told by the watch as well."""


def reconcile(seen: ObservedEvaluation, settings: TrainerSettings, now: datetime) -> Action:
    """The next action for an evaluation. Once the status says what is true, that is Settle."""
    task = seen.task
    if task.deleting:
        return Settle()
    if runs.wants_new_run(task):
        return _begin(seen, now)
    if task.finished:
        return at_rest(seen, now)
    if other := runs.other_run(task, seen.jobs):
        if not other.deleting:
            return DeleteJob(other)
        message = f"Job {other.key.name} of the run before is ended first"
        return write(seen, status.waiting(seen, Obstacle(Reason.REPLACING, message), now))
    return _go_on(seen, settings, now)


def current_job(seen: ObservedEvaluation) -> Job | None:
    """The run's Job."""
    run = seen.task.status.run
    return next((job for job in seen.jobs if run and runs.run_key_of_job(job) == run.key), None)


def fail(
    seen: ObservedEvaluation, reason: Reason, message: str, now: datetime, job: Job | None = None
) -> Action:
    """End the run for a reason that the operator found itself."""
    return write(seen, status.failed(seen, found_failure(seen, reason, message, job), now, job))


def _begin(seen: ObservedEvaluation, now: datetime) -> Action:
    task = seen.task
    orphan = None if task.status.run else runs.youngest(seen.jobs)
    key = runs.run_key_of_job(orphan) if orphan else runs.new_key(task)
    run = EvaluationRun(
        key=key,
        spec_digest=runs.spec_digest(task),
        restarted_at=runs.restart_of(task) or None,
        job_name=names.job_name(task.key.name, key, EVALUATE_SUFFIX),
    )
    fresh = replace(seen, task=replace(task, status=EvaluationTaskStatus(run=run)), pods=None)
    if task.spec is None:
        return fail(fresh, Reason.INVALID_SPEC, task.invalid, now)
    if task.spec.suspend:
        return write(fresh, status.suspended(fresh, now))
    return write(fresh, status.queued(fresh, None, now))


def _go_on(seen: ObservedEvaluation, settings: TrainerSettings, now: datetime) -> Action:
    job = current_job(seen)
    if seen.obstacle:
        if seen.obstacle.final:
            return fail(seen, seen.obstacle.reason, seen.obstacle.message, now)
        blocked = seen.obstacle.message
        return write(seen, status.waiting(seen, seen.obstacle, now), blocked=blocked)
    if job and job.end:
        return evaluation_ended.ended(seen, job, now)
    if held := suspension.hold(seen, job, lambda: status.suspended(seen, now)):
        return held
    return _unfinished(seen, job, now) if job else _without_job(seen, settings, now)


def _unfinished(seen: ObservedEvaluation, job: Job, now: datetime) -> Action:
    if seen.pods is None and (job.ready or job.attempts > job.active):
        return ReadPods(job)
    if job.ready:
        return write(seen, status.running(seen, job, now))
    if seen.task.status.phase == "Running":
        return _next_attempt(seen, job, now)
    plain = status.queued(seen, job, now)
    return waiting.explain(
        seen, job, now, plain, lambda obstacle: status.waiting(seen, obstacle, now)
    )


def _next_attempt(seen: ObservedEvaluation, job: Job, now: datetime) -> Action:
    running = status.running(seen, job, now)
    return waiting.next_attempt(
        seen, job, now, running, lambda obstacle: status.running(seen, job, now, obstacle)
    )


def _without_job(seen: ObservedEvaluation, settings: TrainerSettings, now: datetime) -> Action:
    task, run = seen.task, seen.task.status.run
    assert run
    if task.status.phase == "Running":  # it was there: nothing is repeated unasked
        if not seen.jobs_are_live:
            return ReadJobs()
        message = f"Job {run.job_name} is gone and its end was not seen"
        return fail(seen, Reason.JOB_DELETED, message, now)
    if task.spec is None:
        return fail(seen, Reason.INVALID_SPEC, task.invalid, now)
    if task.status.model_tag is None:
        return _find_models(seen, now)
    return CreateJob(jobs.build_evaluation_job(task, _assignment(task, run), settings))


def _assignment(task: Evaluation, run: EvaluationRun) -> EvaluationFile:
    assert task.spec
    assert task.status.model_tag
    storage = volumes.first_named(task.spec.storage, run.storage)
    return EvaluationFile(
        name=task.key.name,
        namespace=task.key.namespace,
        uid=task.uid,
        run_key=run.key,
        model_tag=task.status.model_tag,
        baseline_model_tag=task.status.baseline_model_tag,
        validation_of=run.validation_of,
        spec=task.spec.model_copy(update={"storage": storage}),
    )


def _find_models(seen: ObservedEvaluation, now: datetime) -> Action:
    """Record the models; where a TrainingTask names them, once it is Done."""
    spec = seen.task.spec
    assert spec
    if spec.training_task_ref is None:
        return write(seen, status.resolved(seen, None, now))
    name = spec.training_task_ref.name
    if seen.trained is None:
        return ReadTraining(name)
    match seen.trained.state:
        case "Done":
            return write(seen, status.resolved(seen, seen.trained, now))
        case "Failed":
            message = f"the TrainingTask {name} failed: {seen.trained.message}"
            return fail(seen, Reason.TRAINING_TASK_FAILED, message, now)
        case "AtWork":
            return _wait(seen, f"waits for the TrainingTask {name} to be Done", now)
        case "Missing":
            return _absent(seen, name, seen.trained.missed_since, now)


def _absent(seen: ObservedEvaluation, name: str, missed: datetime | None, now: datetime) -> Action:
    """Wait for it from the moment that it was missed first; a suspension in between begins anew."""
    message = f"there is no TrainingTask {name} in this namespace"
    since = max(missed or now, phase_since(seen.task.status) or missed or now)
    if (now - since).total_seconds() < ABSENT_SECONDS:
        return _wait(seen, message, now)
    return fail(seen, Reason.TRAINING_TASK_NOT_FOUND, message, now)


def _wait(seen: ObservedEvaluation, message: str, now: datetime) -> Action:
    obstacle = Obstacle(Reason.AWAITING_TRAINING, message)
    return write(seen, status.waiting(seen, obstacle, now), again_in=LOOK_AGAIN)
