"""Why a Job failed: from facts to reason, message and hint."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbert_api.exit_codes import EXIT_CODES
from sbert_api.reasons import HINTS, TASK, Reason
from sbert_api.v1alpha1.training_status import Failure
from sbert_operator import failures
from sbert_operator.observed import Job, Pod
from tests.unit.operator.builders import a_job, a_pod, a_task, a_waiting_pod, said_failed
from tests.unit.operator.evaluations import evaluation

POLICY = a_job(end="Failed", reason="PodFailurePolicy", message="policy", failed=1)
EXHAUSTED = a_job(end="Failed", reason="BackoffLimitExceeded", message="limit", failed=4)
DEADLINE = a_job(end="Failed", reason="DeadlineExceeded", message="Job was active too long")

NEVER_STARTED = "the container did not start before the pod's deadline"


def failure_of(job: Job, pods: tuple[Pod, ...], log: str) -> Failure:
    return failures.failure_of(job, pods, log, a_task())


OOM = said_failed("GpuOutOfMemoryError", "batch of 512", "perDeviceTrainBatchSize 64 fits")


@pytest.mark.parametrize(
    ("job", "pods", "reason", "message"),
    [
        pytest.param(
            POLICY,
            (a_pod(exit_code=15, message=said_failed("DatasetValidationError", "line 7")),),
            "DatasetValidationError",
            "line 7",
            id="the trainer's own words",
        ),
        pytest.param(
            POLICY,
            (a_pod(exit_code=13, message="Traceback: boom"),),
            "TrainingModelWeightsNotFoundError",
            "the trainer ended with exit code 13 and left no message",
            id="no message: the exit code",
        ),
        pytest.param(
            POLICY,
            (a_pod(exit_code=15, message=said_failed("lower <b>", "x")),),
            "DatasetValidationError",
            "the trainer ended with exit code 15 and left no message",
            id="a reason that is no word counts as none",
        ),
        pytest.param(
            POLICY,
            (a_pod(exit_code=77, message=said_failed("FutureError", "new")),),
            "FutureError",
            "new",
            id="a newer trainer's reason",
        ),
        pytest.param(
            EXHAUSTED,
            (a_pod(exit_code=31, message=said_failed("DiskFullError", "0 bytes left")),),
            "DiskFullError",
            "after 4 attempts: 0 bytes left",
            id="attempts used up: the last one's reason",
        ),
        pytest.param(
            EXHAUSTED,
            (a_pod(exit_code=137, killed_by="OOMKilled"),),
            "OutOfMemoryError",
            "after 4 attempts: the container used more memory than its limit allows",
            id="out of memory",
        ),
        pytest.param(
            EXHAUSTED,
            (a_pod(exit_code=137),),
            "Killed",
            "after 4 attempts: the trainer ended with exit code 137 and left no message",
            id="killed",
        ),
        pytest.param(
            EXHAUSTED,
            (a_pod(exit_code=139),),
            "Crashed",
            "after 4 attempts: the trainer ended with exit code 139 and left no message",
            id="crashed",
        ),
        pytest.param(
            EXHAUSTED,
            (
                a_pod(
                    exit_code=30, reason="DeadlineExceeded", message=said_failed("Interrupted", "")
                ),
            ),
            "TimeoutError",
            "after 4 attempts: the pod ran longer than timeoutSeconds and its grace period",
            id="the pod's deadline is told before what the trainer made of it",
        ),
        pytest.param(
            EXHAUSTED,
            (replace(a_waiting_pod("ImagePullBackOff", "no such tag"), reason="DeadlineExceeded"),),
            "ImagePullFailed",
            f"after 4 attempts: {NEVER_STARTED}: ImagePullBackOff: no such tag",
            id="the deadline of a pod whose image was never there",
        ),
        pytest.param(
            EXHAUSTED,
            (replace(a_waiting_pod("ContainerCreating"), reason="DeadlineExceeded"),),
            "PodNotStarted",
            f"after 4 attempts: {NEVER_STARTED}: ContainerCreating",
            id="the deadline of a pod whose volume was never there",
        ),
        pytest.param(
            EXHAUSTED,
            (
                a_pod(
                    exit_code=137,
                    killed_by="ContainerStatusUnknown",
                    started=None,
                    reason="DeadlineExceeded",
                ),
            ),
            "PodNotStarted",
            f"after 4 attempts: {NEVER_STARTED}",
            id="the deadline of a pod whose container was never found",
        ),
        pytest.param(DEADLINE, (), "TimeoutError", "Job was active too long", id="Job deadline"),
        pytest.param(
            EXHAUSTED,
            (),
            "RetriesExhausted",
            "4 attempts failed and no pod is left to tell why; the Job says: limit",
            id="no pod is left",
        ),
        pytest.param(
            EXHAUSTED,
            (a_pod(exit_code=0),),
            "RetriesExhausted",
            "4 attempts failed and no pod is left to tell why; the Job says: limit",
            id="the last pod tells nothing",
        ),
        pytest.param(
            EXHAUSTED,
            (a_pod(exit_code=1), a_pod(exit_code=31, message=said_failed("DiskFullError", "full"))),
            "DiskFullError",
            "after 4 attempts: full",
            id="the last pod counts",
        ),
    ],
)
def test_facts_become_reason_and_message(
    job: Job, pods: tuple[Pod, ...], reason: str, message: str
) -> None:
    found = failure_of(job, pods, "")
    assert (found.reason, found.message) == (reason, message)


@pytest.mark.parametrize("row", EXIT_CODES[1:], ids=lambda row: str(row.code))
def test_every_exit_code_of_the_table_gives_its_reason_and_hint(row: object) -> None:
    code, reason = row.code, row.reason  # type: ignore[attr-defined]
    found = failure_of(POLICY, (a_pod(exit_code=code),), "")
    assert (found.reason, found.exit_code, found.hint) == (
        reason,
        code,
        HINTS[reason].replace(TASK, "tt faq"),
    )


def test_the_trainers_hint_comes_before_the_reasons_own() -> None:
    found = failure_of(POLICY, (a_pod(exit_code=18, message=OOM),), "")
    assert found.hint == "perDeviceTrainBatchSize 64 fits"


@pytest.mark.parametrize(
    ("job", "pods"),
    [
        pytest.param(EXHAUSTED, (a_pod(exit_code=137, killed_by="OOMKilled"),), id="memory"),
        pytest.param(DEADLINE, (), id="time"),
        pytest.param(POLICY, (a_pod(exit_code=18),), id="GPU memory"),
        pytest.param(EXHAUSTED, (), id="attempts"),
    ],
)
def test_an_evaluation_is_told_of_the_fields_that_it_has(job: Job, pods: tuple[Pod, ...]) -> None:
    hint = failures.failure_of(job, pods, "", evaluation("Running")).hint
    assert hint
    for field in ("TrainBatchSize", "epochs", "gradientAccumulation", "backoffLimit"):
        assert field not in hint
    assert hint != failure_of(job, pods, "").hint


def test_the_log_is_shown_only_if_the_trainer_said_nothing() -> None:
    log = "line 1\n\n\x1b[2Jline 2\r\n"
    assert failure_of(POLICY, (a_pod(exit_code=18, message=OOM),), log).log_tail == []
    assert failure_of(POLICY, (a_pod(exit_code=1),), log).log_tail == ["line 1", "[2Jline 2"]


def test_without_a_log_the_kubelets_copy_of_it_is_shown() -> None:
    found = failure_of(POLICY, (a_pod(exit_code=1, message="Traceback\nValueError: x\n"),), "")
    assert found.log_tail == ["Traceback", "ValueError: x"]


def test_a_code_that_is_no_exit_code_is_left_out() -> None:
    assert failure_of(POLICY, (a_pod(exit_code=-1073741510),), "").exit_code is None


@given(message=st.text(max_size=6000), log=st.text(max_size=6000), code=st.integers(-1, 300))
def test_whatever_a_pod_says_the_failure_is_valid_and_clean(
    message: str, log: str, code: int
) -> None:
    found = failure_of(EXHAUSTED, (a_pod(exit_code=code, message=message),), log)
    assert found.reason in set(Reason)
    assert len(found.log_tail) <= 20
    shown = "".join([found.message, *found.log_tail])
    assert all(char.isprintable() or char == " " for char in shown)
