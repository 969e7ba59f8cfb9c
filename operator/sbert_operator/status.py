"""What is true of a task, as its status. Pure: facts and the present in, a whole status out.

Of the status before only what no Job and no pod can tell again is taken over: the run, its start,
progress, data, usage, earlier runs and the conditions' times. The rest is always said anew, so that
what somebody else wrote there does not last.
"""

from datetime import datetime
from typing import Any

from sbert_api.conditions import GateCondition
from sbert_api.reasons import Reason
from sbert_api.result import Checked, Published
from sbert_api.v1alpha1.training_status import (
    DataFacts,
    Failure,
    Phase,
    Progress,
    Run,
    TrainingTaskStatus,
    Usage,
)
from sbert_operator import sanitise, times
from sbert_operator.history import history_with
from sbert_operator.observed import Job, Observed, Obstacle, Pod, Task
from sbert_operator.reading import progress_as_read
from sbert_operator.said_conditions import Said, as_conditions, conditions_of, said_of_gate
from sbert_operator.steps import PREFLIGHT, TRAIN
from sbert_operator.usage import usage_after
from sbert_operator.words import (
    attempt_of,
    checked_message,
    training_message,
    waiting_message,
    with_gate,
)


def of_new_run(task: Task, run: Run, now: datetime, gpus: int) -> TrainingTaskStatus:
    """What is known of a run that begins: nothing but itself, and what was before it.

    `gpus`: what the pod of the run before holds, if that is still at work.
    """
    history = history_with(task.status, now, gpus)
    return TrainingTaskStatus(run=run, usage=Usage(), history=history)


def replacing(seen: Observed, job: Job, now: datetime) -> TrainingTaskStatus:
    """A new run waits for the end of the one before."""
    message = f"Job {job.key.name} of the run before is ended first"
    return _status(seen, now, "Queued", Reason.REPLACING, message)


def waiting(seen: Observed, obstacle: Obstacle, now: datetime) -> TrainingTaskStatus:
    """Something outside is in the way of the Job or its pod."""
    message = sanitise.one_line(obstacle.message)
    return _status(seen, now, "Queued", obstacle.reason, message)


def queued(seen: Observed, job: Job | None, now: datetime) -> TrainingTaskStatus:
    """No attempt of the step has started; its Job may still have to be made."""
    run, attempt = _run_of(seen), attempt_of(job)
    if run.step == PREFLIGHT.step:
        message = f"Job {run.job_name} checks datasets and model folder"
        return _status(seen, now, "Queued", Reason.VALIDATING, message, run=_at(run, attempt))
    message = waiting_message(run, attempt)
    return _status(seen, now, "Queued", Reason.QUEUED, message, run=_at(run, attempt))


def suspended(seen: Observed, now: datetime) -> TrainingTaskStatus:
    """spec.suspend holds the run."""
    message = "suspended by spec.suspend; set it to false to go on"
    progress = seen.progress or seen.task.status.progress
    return _status(seen, now, "Suspended", Reason.SUSPENDED, message, progress=progress)


def running(
    seen: Observed, job: Job, now: datetime, obstacle: Obstacle | None = None
) -> TrainingTaskStatus:
    """An attempt of the training has started. `obstacle`: why the next one's pod does not."""
    run, progress = _run_of(seen), seen.progress or _progress_of_attempt(seen.task, job)
    return _status(
        seen,
        now,
        "Running",
        obstacle.reason if obstacle else Reason.TRAINING,
        obstacle.message if obstacle else training_message(run, job, progress),
        run=_at(run, attempt_of(job)),
        job=job,
        start_time=times.as_text(started(seen, now) or now),
        progress=progress,
    )


def validated(seen: Observed, checked: Checked | None, now: datetime) -> TrainingTaskStatus:
    """The preflight step ended well; the training is next. None: its words are lost."""
    run = _next_step(_run_of(seen), checked)
    return _status(
        seen,
        now,
        "Queued",
        Reason.QUEUED,
        waiting_message(run, run.attempt),
        run=run,
        validated=Said("True", Reason.VALIDATED, checked_message(checked)),
        data=_shown(checked.data) if checked else None,
    )


def done(seen: Observed, job: Job, published: Published, now: datetime) -> TrainingTaskStatus:
    """The model is published by the run's own training."""
    start, end = _span(seen, job, now)
    run = _at(_run_of(seen), attempt_of(job)).model_copy(
        update={"content_key": published.content_key}
    )
    return _status(
        seen,
        now,
        "Done",
        Reason.PUBLISHED,
        with_gate(f"the trained model is {published.model_id}", published.gate),
        run=run,
        job=job,
        validated=Said("True", Reason.VALIDATED, ""),
        start_time=start,
        end_date=end,
        trained_model_id=published.model_id,
        progress=_last_progress(seen, published, now),
        data=_shown(published.data),
        metrics=published.metrics,
        gate=published.gate,
    )


def reused(
    seen: Observed, job: Job, checked: Checked, model: Published, now: datetime
) -> TrainingTaskStatus:
    """Preflight found the model of an identical run."""
    news = {"content_key": checked.content_key, "reused": True}
    return _status(
        seen,
        now,
        "Done",
        Reason.REUSED,
        with_gate(
            f"an identical run has published {model.model_id}; nothing was trained", model.gate
        ),
        run=_run_of(seen).model_copy(update=news),
        job=job,
        validated=Said("True", Reason.VALIDATED, checked_message(checked)),
        end_date=times.as_text(job.ended or now),
        trained_model_id=model.model_id,
        data=_shown(checked.data),
        metrics=model.metrics,
        gate=model.gate,
    )


def failed(seen: Observed, failure: Failure, now: datetime, job: Job | None) -> TrainingTaskStatus:
    """The run failed for good; `job` is None where it never had one, or has none any more."""
    start, end = _span(seen, job, now)
    run = _run_of(seen)
    bad = Said("False", failure.reason, failure.message)
    return _status(
        seen,
        now,
        "Failed",
        failure.reason,
        failure.message,
        run=_at(run, attempt_of(job)) if job else run,
        job=job,
        validated=bad if run.step == PREFLIGHT.step else None,
        start_time=start,
        end_date=end,
        error_msg=sanitise.one_line(f"{failure.reason}: {failure.message}"),
        progress=seen.progress or seen.task.status.progress,
        failure=failure,
    )


def started(seen: Observed, now: datetime) -> datetime | None:
    """The training's first start: as said before, else of the first pod whose start is known."""
    before = times.parse(seen.task.status.start_time)
    if before and before <= now:  # else it was not written by an operator
        return before
    if _run_of(seen).step == PREFLIGHT.step:
        return None
    return _first_start(seen.pods or ())


def _first_start(pods: tuple[Pod, ...]) -> datetime | None:
    return min((pod.started for pod in pods if pod.started), default=None)


def _status(  # noqa: PLR0913 - a status has many parts
    seen: Observed,
    now: datetime,
    phase: Phase,
    reason: str,
    message: str,
    *,
    job: Job | None = None,
    validated: Said | None = None,
    **fields: Any,
) -> TrainingTaskStatus:
    """The whole status; of the one before is taken over what is not among `fields`."""
    task, before = seen.task, seen.task.status
    taken_over = ("run", "start_time", "progress", "data", "history")
    end = times.parse(fields.get("end_date")) or now
    said = conditions_of(before.conditions, phase, Said("True", reason, message), validated)
    if gate := fields.get("gate"):
        said[GateCondition.PROMOTED] = said_of_gate(gate)
    return TrainingTaskStatus(
        observed_generation=task.generation,
        phase=phase,
        reason=reason,
        message=message,
        usage=usage_after(before, phase, started(seen, now), end, job.gpus if job else 0),
        conditions=as_conditions(before.conditions, said, task.generation, now),
        **{**{name: getattr(before, name) for name in taken_over}, **fields},
    )


def _run_of(seen: Observed) -> Run:
    run = seen.task.status.run
    assert run, "a run is recorded before anything is said of it"
    return run


def _next_step(run: Run, checked: Checked | None) -> Run:
    job_name = f"{run.job_name.rpartition('-')[0]}-{TRAIN.suffix}"
    news: dict[str, Any] = {"step": TRAIN.step, "job_name": job_name, "attempt": 1}
    return run.model_copy(update=news | ({"content_key": checked.content_key} if checked else {}))


def _at(run: Run, attempt: int) -> Run:
    return run.model_copy(update={"attempt": attempt})


def _last_progress(seen: Observed, published: Published, now: datetime) -> Progress | None:
    """Of the end, or if the model was published by an attempt before, as it was told then."""
    if published.progress:
        return progress_as_read(published.progress, now)
    return seen.progress or seen.task.status.progress


def _shown(data: DataFacts) -> DataFacts:
    """The facts with their texts made fit to be shown: a pod said them."""
    lines = (sanitise.one_line(line, sanitise.LINE_LENGTH) for line in data.warnings)
    dataset = sanitise.one_line(data.validation_dataset)
    update = {"warnings": [line for line in lines if line], "validation_dataset": dataset}
    return data.model_copy(update=update)


def _progress_of_attempt(task: Task, job: Job) -> Progress | None:
    """The progress said before, unless another attempt said it."""
    before = task.status
    return before.progress if before.run and before.run.attempt == attempt_of(job) else None


def _span(seen: Observed, job: Job | None, now: datetime) -> tuple[str | None, str]:
    """startTime (None: never started) and endDate, which is never earlier."""
    start = started(seen, now)
    end = (job.ended if job else None) or now
    if start is None:
        return None, times.as_text(end)
    return times.as_text(start), times.as_text(max(start, end))
