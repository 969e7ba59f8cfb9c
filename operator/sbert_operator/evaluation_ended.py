"""What the end of an evaluation's Job means. Pure. Everything that a pod says is untrusted."""

from datetime import datetime

from sbert_api import names, result
from sbert_api.evaluation_result import Evaluated
from sbert_api.reasons import Reason
from sbert_operator import evaluation_status as status
from sbert_operator import failures
from sbert_operator.actions import Action, ReadLog, ReadPods, found_failure, write
from sbert_operator.observed import Job, ObservedEvaluation
from sbert_operator.runs import run_key_of_job


def ended(seen: ObservedEvaluation, job: Job, now: datetime) -> Action:
    """The next action for a run whose Job has ended."""
    if seen.pods is None:
        return ReadPods(job)
    if job.end == "Failed":
        if seen.log is None and seen.pods:
            return ReadLog(seen.pods[-1], names.TRAINER_CONTAINER)
        failure = failures.failure_of(job, seen.pods, seen.log or "", seen.task)
        return write(seen, status.failed(seen, failure, now, job))
    said = _result(seen, job)
    if isinstance(said, str):
        failure = found_failure(seen, Reason.INVALID_RESULT, said, job)
        return write(seen, status.failed(seen, failure, now, job))
    return write(seen, status.done(seen, job, said, now))


def _result(seen: ObservedEvaluation, job: Job) -> Evaluated | str:
    """What the pod says of this run and of what the spec asks, or why that cannot be used."""
    pod = next((pod for pod in reversed(seen.pods or ()) if pod.exit_code == 0), None)
    if pod is None:
        return f"Job {job.key.name} is complete, but its pod is gone, and with it the scores"
    try:
        said = result.parse_evaluation_message(pod.message)
    except result.InvalidResultError as error:
        return str(error)
    wanted = (job.model_id, run_key_of_job(job))
    if not isinstance(said, Evaluated):
        return f"expected an evaluation, found {said.outcome}"
    if (said.model_tag, said.run_key) != wanted:
        found = (said.model_tag, said.run_key)
        return "expected the scores of {} in run {}, found {} in run {}".format(*wanted, *found)
    asked = seen.task.spec.pass_if if seen.task.spec else None
    return said if failures.answers_gate(said.gate, asked) else "passIf was not judged as asked for"
