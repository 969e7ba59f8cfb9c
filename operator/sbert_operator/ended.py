"""What the end of a step's Job means for its run. Pure.

The Job's own terminal condition decides; its last pod and the log's end tell the rest. Everything
that a pod says is untrusted.
"""

from datetime import datetime

from sbert_api import result
from sbert_api.reasons import Reason
from sbert_operator import failures, jobs, status
from sbert_operator.actions import Action, CreateJob, ReadLog, ReadPods, failed, write
from sbert_operator.observed import Job, Observed, Pod
from sbert_operator.runs import is_of_step, run_key_of_job
from sbert_operator.settings import TrainerSettings
from sbert_operator.steps import AGAIN, PREFLIGHT, TRAIN, stage_of_label


def ended(seen: Observed, job: Job, settings: TrainerSettings, now: datetime) -> Action:
    """The next action for a run whose present Job has ended."""
    if seen.pods is None:
        return ReadPods(job)
    if seen.log is None and seen.pods and _needs_log(job, seen.pods[-1]):
        return ReadLog(seen.pods[-1], stage_of_label(job.step).container)
    if job.end == "Failed":
        failure = failures.failure_of(job, seen.pods, seen.log or "", seen.task)
        return write(seen, status.failed(seen, failure, now, job))
    pod = next((pod for pod in reversed(seen.pods) if pod.exit_code == 0), None)
    if job.step == PREFLIGHT.label:
        return _checked(seen, job, pod, now)
    if pod is None:
        return _result_lost(seen, job, settings, now)
    return _trained(seen, job, pod, now)


def _needs_log(job: Job, pod: Pod) -> bool:
    """Where a status shows the log's end: a failed step, a training that left no result."""
    if job.end == "Failed":
        return True
    return job.step == TRAIN.label and not (pod.exit_code == 0 and pod.message.strip())


def _checked(seen: Observed, job: Job, pod: Pod | None, now: datetime) -> Action:
    """On to the training, or Done if an identical run's model was found.

    Words that are lost cost nothing but that: the Job is complete, so the input is in order.
    """
    if pod is None or not pod.message.strip():
        return write(seen, status.validated(seen, None, now))
    try:
        said = result.parse_termination_message(pod.message)
    except result.InvalidResultError as error:
        return failed(seen, Reason.INVALID_RESULT, str(error), now, job)
    if not isinstance(said, result.Checked) or said.run_key != run_key_of_job(job):
        message = f"expected the check of run {run_key_of_job(job)}, found {said.outcome}"
        return failed(seen, Reason.INVALID_RESULT, message, now, job)
    if said.reused:
        if not _answers_gate(seen, said.reused):
            return failed(seen, Reason.INVALID_RESULT, _OTHER_GATE, now, job)
        return write(seen, status.reused(seen, job, said, said.reused, now))
    return write(seen, status.validated(seen, said, now))


def _result_lost(seen: Observed, job: Job, settings: TrainerSettings, now: datetime) -> Action:
    """Complete, but the pod that told the result is gone: run the step once more.

    The trainer finds its published model and says so in seconds; it does not train twice.
    """
    task, run = seen.task, seen.task.status.run
    assert run
    if len([job for job in seen.jobs if is_of_step(job, run)]) > 1:
        message = f"Job {job.key.name} is complete, but its pod is gone, and so is the one before"
        return failed(seen, Reason.MODEL_NOT_PUBLISHED, message, now, job)
    if task.spec is None:
        return failed(seen, Reason.INVALID_SPEC, task.invalid, now, job)
    same_id = run.model_copy(update={"model_id": job.model_id})
    return CreateJob(jobs.build_job(task, same_id, settings, AGAIN))


def _trained(seen: Observed, job: Job, pod: Pod, now: datetime) -> Action:
    """Done needs a model published by the run and under the id that were fixed in the Job."""
    if not pod.message.strip():
        message = "the trainer ended with exit code 0 and left no result"
        return failed(seen, Reason.MODEL_NOT_PUBLISHED, message, now, job)
    try:
        said = result.parse_termination_message(pod.message)
    except result.InvalidResultError as error:
        return failed(seen, Reason.INVALID_RESULT, str(error), now, job)
    if not isinstance(said, result.Published):
        message = f"expected a published model, found {said.outcome}"
        return failed(seen, Reason.INVALID_RESULT, message, now, job)
    wanted, found = (job.model_id, run_key_of_job(job)), (said.model_id, said.run_key)
    if found != wanted:
        message = "expected the model {} of run {}, found {} of run {}".format(*wanted, *found)
        return failed(seen, Reason.INVALID_RESULT, message, now, job)
    if not _answers_gate(seen, said):
        return failed(seen, Reason.INVALID_RESULT, _OTHER_GATE, now, job)
    return write(seen, status.done(seen, job, said, now))


_OTHER_GATE = "promoteIf was not judged as asked for"


def _answers_gate(seen: Observed, said: result.Published) -> bool:
    asked = seen.task.spec.promote_if if seen.task.spec else None
    return failures.answers_gate(said.gate, asked)
