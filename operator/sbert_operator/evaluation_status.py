"""What is true of an evaluation, as its status. Pure: facts and the present in, a whole status out.

As with a training, of the status before only what nothing else can tell is taken over.
"""

from datetime import datetime
from typing import Any

from sbert_api.conditions import ConditionType, GateCondition
from sbert_api.evaluation_result import Evaluated
from sbert_api.gate import reason_of_gate
from sbert_api.reasons import Reason
from sbert_api.v1alpha1.evaluation_status import (
    EvaluationPhase,
    EvaluationRun,
    EvaluationTaskStatus,
)
from sbert_api.v1alpha1.training_status import Failure
from sbert_operator import sanitise, times
from sbert_operator.observed import Job, ObservedEvaluation, Obstacle, Trained
from sbert_operator.said_conditions import Said, as_conditions, conditions_of, said_of_gate
from sbert_operator.words import attempt_of, evaluated_message

Seen = ObservedEvaluation


def queued(seen: Seen, job: Job | None, now: datetime) -> EvaluationTaskStatus:
    """No attempt has started; its Job may still have to be made."""
    run = _run_of(seen)
    message = f"Job {run.job_name} waits for the pod of attempt {attempt_of(job)} to start"
    return _status(seen, now, "Queued", Reason.QUEUED, message, run=_at(run, job))


def waiting(seen: Seen, obstacle: Obstacle, now: datetime) -> EvaluationTaskStatus:
    """Something outside is in the way."""
    message = sanitise.one_line(obstacle.message)
    return _status(seen, now, "Queued", obstacle.reason, message)


def resolved(seen: Seen, trained: Trained | None, now: datetime) -> EvaluationTaskStatus:
    """Which models are compared is known: of the spec, or of the TrainingTask that is Done."""
    spec = seen.task.spec
    assert spec
    lent = {
        "validation_of": trained and trained.model_id,
        "storage": trained and trained.storage,
    }
    run = _run_of(seen).model_copy(update=lent)
    tag = spec.model_tag or (trained and trained.model_id)
    baseline = spec.baseline_model_tag or (trained and trained.base_model_tag)
    message = f"Job {run.job_name} is made next"
    models = {"model_tag": tag, "baseline_model_tag": baseline}
    return _status(seen, now, "Queued", Reason.QUEUED, message, run=run, **models)


def suspended(seen: Seen, now: datetime) -> EvaluationTaskStatus:
    """spec.suspend holds the run."""
    message = "suspended by spec.suspend; set it to false to go on"
    return _status(seen, now, "Suspended", Reason.SUSPENDED, message)


def running(
    seen: Seen, job: Job, now: datetime, obstacle: Obstacle | None = None
) -> EvaluationTaskStatus:
    """An attempt has started. `obstacle`: why the next one's pod does not."""
    message = f"evaluating: attempt {attempt_of(job)} has started"
    return _status(
        seen,
        now,
        "Running",
        obstacle.reason if obstacle else Reason.EVALUATING,
        obstacle.message if obstacle else message,
        run=_at(_run_of(seen), job),
        start_time=_start(seen, now) or times.as_text(now),
    )


def done(seen: Seen, job: Job, said: Evaluated, now: datetime) -> EvaluationTaskStatus:
    """The scores are there, whatever they say."""
    gate = said.gate
    reason = reason_of_gate(gate) if gate else Reason.EVALUATED
    return _status(
        seen,
        now,
        "Done",
        reason,
        sanitise.one_line(evaluated_message(said)),
        gate=gate,
        run=_at(_run_of(seen), job),
        start_time=_start(seen, now),
        end_date=times.as_text(job.ended or now),
        **{name: getattr(said, name) for name in _OF_THE_RESULT},
    )


def failed(seen: Seen, failure: Failure, now: datetime, job: Job | None) -> EvaluationTaskStatus:
    """The run failed for good; `job` is None where it never had one, or has none any more."""
    run = _run_of(seen)
    return _status(
        seen,
        now,
        "Failed",
        failure.reason,
        failure.message,
        run=_at(run, job) if job else run,
        start_time=_start(seen, now),
        end_date=times.as_text((job.ended if job else None) or now),
        error_msg=sanitise.one_line(f"{failure.reason}: {failure.message}"),
        failure=failure,
    )


_OF_THE_RESULT = ("model_tag", "baseline_model_tag", "data", "metrics", "verdict", "report")


def _status(
    seen: Seen,
    now: datetime,
    phase: EvaluationPhase,
    reason: str,
    message: str,
    **fields: Any,
) -> EvaluationTaskStatus:
    """The whole status; of the one before is taken over what is not among `fields`."""
    task, before = seen.task, seen.task.status
    taken_over = ("run", "start_time", "model_tag", "baseline_model_tag")
    said = conditions_of(before.conditions, phase, Said("True", reason, message), None)
    del said[ConditionType.VALIDATED]
    if gate := fields.get("gate"):
        said[GateCondition.PASSED] = said_of_gate(gate)
    return EvaluationTaskStatus(
        observed_generation=task.generation,
        phase=phase,
        reason=reason,
        message=message,
        conditions=as_conditions(before.conditions, said, task.generation, now),
        **{**{name: getattr(before, name) for name in taken_over}, **fields},
    )


def _run_of(seen: Seen) -> EvaluationRun:
    run = seen.task.status.run
    assert run, "a run is recorded before anything is said of it"
    return run


def _at(run: EvaluationRun, job: Job | None) -> EvaluationRun:
    return run.model_copy(update={"attempt": attempt_of(job)})


def _start(seen: Seen, now: datetime) -> str | None:
    """As said before, else of the first pod whose start is known."""
    before = times.parse(seen.task.status.start_time)
    if before and before <= now:
        return times.as_text(before)
    started = [pod.started for pod in seen.pods or () if pod.started]
    return times.as_text(min(started)) if started else None
