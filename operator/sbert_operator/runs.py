"""Runs: which one a task is at, and whether it asks for a new one. Pure.

A run is one execution of a spec. It is recorded in the status before its first Job is made, so
that all that names its Jobs and its model is known, whatever happens to the Jobs. A Job's key is
read from its name.
"""

from datetime import datetime

from sbert_api import names
from sbert_api.v1alpha1.training_status import Run
from sbert_operator.observed import AnyTask, Job, Task
from sbert_operator.steps import PREFLIGHT, TRAIN, Stage, stage_of

NOT_OF_THE_RUN = {"suspend", "ttl_seconds_after_finished"}
"""Fields of the spec whose change begins no new run."""


def wants_new_run(task: AnyTask) -> bool:
    """Whether people ask for another run than the recorded one.

    Only a newer generation counts: an operator that reads the same spec otherwise than the one
    before must not train again. An annotation that was removed asks for nothing: replacing an
    object wipes its annotations.
    """
    if task.at_rest:
        return False
    run = task.status.run
    if run is None and not task.finished:
        return True
    if is_restart(task):
        return True
    newer = task.generation > task.status.observed_generation
    return newer and (run is None or run.spec_digest != spec_digest(task))


def is_restart(task: AnyTask) -> bool:
    """Whether the annotation asks for a run: by another value than the recorded run has."""
    run = task.status.run
    return task.restarted_at not in ("", (run and run.restarted_at) or "")


def spec_digest(task: AnyTask) -> str | None:
    """What tells the task's spec from another; None for one that cannot be read.

    What equals its default is left out, so that a field that is added later changes no digest.
    """
    if task.spec is None:
        return None
    spec = task.spec.model_dump(
        mode="json",
        by_alias=True,
        exclude=NOT_OF_THE_RUN,
        exclude_defaults=True,
        exclude_none=True,
    )
    return names.spec_digest(spec)


def new_run(task: Task, jobs: tuple[Job, ...], now: datetime) -> Run:
    """The run that begins now.

    `jobs`: the task's own. Some are there before their run is recorded only if somebody took the
    record away: then it is the run of the youngest Job that goes on.
    """
    orphan = None if task.status.run else youngest(jobs)
    restarted_at = restart_of(task)
    key = run_key_of_job(orphan) if orphan else new_key(task)
    stage = _first_stage(task, orphan)
    return Run(
        key=key,
        spec_digest=spec_digest(task),
        restarted_at=restarted_at or None,
        restarted=is_restart(task),
        model_id=orphan.model_id if orphan else _model_id(task, now),
        job_name=names.job_name(task.key.name, key, stage.suffix),
        step=stage.step,
    )


def restart_of(task: AnyTask) -> str:
    """The annotation's value that stands for the run that begins now; empty if there was none."""
    before = task.status.run
    return task.restarted_at or (before and before.restarted_at) or ""


def new_key(task: AnyTask) -> str:
    """The key of the run that begins now."""
    return names.run_key(task.uid, task.generation, restart_of(task))


def youngest(jobs: tuple[Job, ...]) -> Job | None:
    """The Job that was made last."""
    return max(jobs, key=lambda job: job.created, default=None)


def _first_stage(task: Task, orphan: Job | None) -> Stage:
    if orphan:
        return PREFLIGHT if orphan.step == PREFLIGHT.label else TRAIN
    return PREFLIGHT if task.spec and task.spec.preflight else TRAIN


def _model_id(task: Task, now: datetime) -> str | None:
    """The first run's holds the time of the task's creation, a later one's the time it begins."""
    if task.spec is None:
        return None
    moment = now if task.status.run else task.created
    return names.trained_model_id(task.spec.output_path, task.spec.model_tag, moment, task.uid)


def is_of_step(job: Job, run: Run) -> bool:
    """Whether a Job belongs to the run's present step."""
    return run_key_of_job(job) == run.key and job.step == stage_of(run.step).label


def other_run(task: AnyTask, jobs: tuple[Job, ...]) -> Job | None:
    """A Job of another run than the recorded one."""
    run = task.status.run
    return next((job for job in jobs if run and run_key_of_job(job) != run.key), None)


def run_key_of_job(job: Job) -> str:
    """The key of the run that a Job belongs to: the last part but one of its name."""
    return job.key.name.rpartition("-")[0].rpartition("-")[2]
