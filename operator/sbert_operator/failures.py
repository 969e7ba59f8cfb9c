"""Why a Job failed: facts of the Job and its last pod to reason, message and hint. Pure.

What the node did to the pod comes first, then the trainer's own words, then the exit code, then
what the Job says. A Job that used up its attempts keeps the last attempt's reason, with "after N
attempts" before its message: that is what has to be mended. RetriesExhausted is left for a last
attempt that nothing is known of. Everything that a pod says is untrusted.
"""

import re
from dataclasses import dataclass

from sbert_api import exit_codes, result
from sbert_api.reasons import TASK, Reason
from sbert_api.v1alpha1.gate import Gate, GateResult
from sbert_api.v1alpha1.training_status import Failure
from sbert_operator import sanitise
from sbert_operator.observed import AnyTask, Job, Pod

LOG_LINES = 20
HINT_LENGTH = 512
IMAGE_WORDS = {
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
}
"""The kubelet's words for a container whose image is not there."""
_WORD = re.compile(r"[A-Z][A-Za-z]{0,63}")


@dataclass(frozen=True)
class Cause:
    """Reason, message and hint of one failed attempt; `said`: the trainer said so itself."""

    reason: str
    message: str
    hint: str = ""
    said: bool = False


def failure_of(job: Job, pods: tuple[Pod, ...], log: str, task: AnyTask) -> Failure:
    """Why `job` of `task` failed. `log`: the end of the last pod's log; shown if the trainer said
    nothing.
    """
    pod = pods[-1] if pods else None
    cause = _cause(job, pod)
    message = cause.message
    if job.reason == "BackoffLimitExceeded" and cause.reason != Reason.RETRIES_EXHAUSTED:
        message = f"after {_times(job.attempts)}: {message}"
    tail = log or (pod.message if pod else "")
    hint = cause.hint.replace(TASK, task.shown) or hint_of(cause.reason, task)
    return Failure(
        reason=cause.reason,
        message=sanitise.one_line(message),
        hint=sanitise.one_line(hint, HINT_LENGTH),
        exit_code=_exit_code(pod),
        attempt=min(job.attempts, 1000),
        pod=pod.name if pod else None,
        log_tail=[] if cause.said else sanitise.last_lines(tail, LOG_LINES),
    )


def hint_of(reason: str, task: AnyTask) -> str:
    """What to do about a reason, in fields and commands of this task; empty for one that is not of
    the contract."""
    hints = task.kind.hints
    hint = hints[Reason(reason)] if reason in hints else ""
    return hint.replace(TASK, task.shown)


def answers_gate(result: GateResult | None, asked: Gate | None) -> bool:
    """Whether what a pod says of a gate is about the gate that the spec asks for."""
    if result is None or asked is None:
        return result is None and asked is None
    return all(getattr(result, name) == getattr(asked, name) for name in Gate.model_fields)


def _cause(job: Job, pod: Pod | None) -> Cause:
    if pod is None:
        return _cause_of_job(job)
    return (
        _said_by_node(pod) or _said_by_trainer(pod) or _said_by_exit_code(pod) or _cause_of_job(job)
    )


_NODE_CAUSES: dict[str, Cause] = {
    "OOMKilled": Cause(
        Reason.OUT_OF_MEMORY, "the container used more memory than its limit allows"
    ),
    "DeadlineExceeded": Cause(
        Reason.TIMEOUT, "the pod ran longer than timeoutSeconds and its grace period"
    ),
    "Evicted": Cause(Reason.KILLED, "the node evicted the pod"),
}
"""What the node did, by its word for the container's or the pod's end."""


def _said_by_node(pod: Pod) -> Cause | None:
    if pod.reason == "DeadlineExceeded" and pod.started is None:
        return _never_started(pod)
    return _NODE_CAUSES.get(pod.killed_by) or _NODE_CAUSES.get(pod.reason)


def _never_started(pod: Pod) -> Cause:
    """Its deadline counts from when the node took the pod: it may pass before anything ran."""
    found = Reason.IMAGE_PULL_FAILED if pod.waiting in IMAGE_WORDS else Reason.POD_NOT_STARTED
    text = "the container did not start before the pod's deadline"
    return Cause(found, ": ".join(filter(None, (text, pod.waiting, pod.waiting_message))))


def _said_by_trainer(pod: Pod) -> Cause | None:
    try:
        said = result.parse_termination_message(pod.message)
    except result.InvalidResultError:
        return None
    if not isinstance(said, result.Failed) or not _WORD.fullmatch(said.reason):
        return None
    return Cause(said.reason, said.message, said.hint, said=True)


def _said_by_exit_code(pod: Pod) -> Cause | None:
    if not pod.exit_code:
        return None
    text = f"the trainer ended with exit code {pod.exit_code} and left no message"
    return Cause(exit_codes.reason_of(pod.exit_code), text)


def _cause_of_job(job: Job) -> Cause:
    if job.reason == "DeadlineExceeded":
        return Cause(Reason.TIMEOUT, job.message)
    text = f"{_times(job.attempts)} failed and no pod is left to tell why"
    return Cause(Reason.RETRIES_EXHAUSTED, f"{text}; the Job says: {job.message}")


def _exit_code(pod: Pod | None) -> int | None:
    """The exit code, where it is one (a lost pod may have none, Windows others)."""
    code = pod.exit_code if pod else None
    return code if code is not None and 0 <= code <= 255 else None


def _times(count: int) -> str:
    return "1 attempt" if count == 1 else f"{count} attempts"
