"""The preflight step: what its end means for the run."""

import pytest

from sbert_api import names
from sbert_api.reasons import Reason
from sbert_api.v1alpha1.training_status import TrainingTaskStatus
from sbert_operator.actions import CreateJob, ReadLog, ReadPods
from sbert_operator.observed import Observed, Pod
from sbert_operator.steps import PREFLIGHT
from tests.unit.operator.builders import (
    CHECK_NAME,
    CHECKED,
    CONTENT_KEY,
    ENDED,
    JOB_NAME,
    MODEL_ID,
    PUBLISHED,
    a_job,
    a_pod,
    a_status,
    a_task,
    said_failed,
)
from tests.unit.operator.decisions import decide, written

TASK = a_task({"preflight": True}, a_status("Queued", PREFLIGHT))
COMPLETE = a_job(end="Complete", name=CHECK_NAME, stage=PREFLIGHT, succeeded=1)
FAILED = a_job(end="Failed", reason="PodFailurePolicy", name=CHECK_NAME, stage=PREFLIGHT, failed=1)


def a_check_pod(exit_code: int, message: object) -> Pod:
    return a_pod(exit_code=exit_code, message=message, container=names.PREFLIGHT_CONTAINER)


def validated(status: TrainingTaskStatus) -> tuple[str, str]:
    found = next(c for c in status.conditions if c.type == "Validated")
    return found.status, found.reason


def test_the_check_is_made_first_and_no_job_that_asks_for_a_gpu() -> None:
    action = decide(Observed(TASK))
    assert isinstance(action, CreateJob)
    assert action.manifest["metadata"]["name"] == CHECK_NAME
    pod = action.manifest["spec"]["template"]["spec"]["containers"][0]
    assert "nvidia.com/gpu" not in str(pod["resources"])


def test_a_running_check_is_told_as_such() -> None:
    job = a_job(active=1, ready=1, name=CHECK_NAME, stage=PREFLIGHT)
    status = written(Observed(TASK, (job,)))
    assert (status.phase, status.reason, status.start_time) == ("Queued", "Validating", None)
    assert validated(status) == ("Unknown", "NotValidated")


def test_data_in_order_lead_to_the_training() -> None:
    assert decide(Observed(TASK, (COMPLETE,))) == ReadPods(COMPLETE)
    seen = Observed(TASK, (COMPLETE,), pods=(a_check_pod(0, CHECKED),))
    status = written(seen)
    assert status.phase == "Queued"
    assert status.run
    assert (status.run.step, status.run.job_name) == ("Train", JOB_NAME)
    assert status.run.content_key == CONTENT_KEY
    assert status.data
    assert status.data.train_rows == 90
    assert validated(status) == ("True", "Validated")
    following = decide(Observed(a_task({"preflight": True}, status.as_json()), (COMPLETE,)))
    assert isinstance(following, CreateJob)
    assert following.manifest["metadata"]["name"] == JOB_NAME


def test_an_identical_runs_model_ends_the_run_without_a_training() -> None:
    model = {**PUBLISHED, "modelId": "trained_models/other", "runKey": "other"}
    pods = (a_check_pod(0, {**CHECKED, "reused": model}),)
    status = written(Observed(TASK, (COMPLETE,), pods=pods))
    assert (status.phase, status.reason) == ("Done", Reason.REUSED)
    assert status.trained_model_id == "trained_models/other"
    assert status.run
    assert status.run.reused
    assert (status.start_time, status.end_date) == (None, ENDED)
    assert status.metrics
    assert status.usage
    assert status.usage.gpu_seconds == 0


def test_bad_data_end_the_run_in_the_words_of_the_check() -> None:
    said = said_failed("DatasetValidationError", "faq.jsonl:7: negative: empty")
    pods = (a_check_pod(15, said),)
    assert decide(Observed(TASK, (FAILED,), pods=pods)) == ReadLog(
        pods[0], names.PREFLIGHT_CONTAINER
    )
    status = written(Observed(TASK, (FAILED,), pods=pods, log=""))
    assert (status.phase, status.reason) == ("Failed", "DatasetValidationError")
    assert validated(status) == ("False", "DatasetValidationError")
    assert (status.start_time, status.trained_model_id) == (None, None)
    assert status.failure
    assert "restartedAt" in status.failure.hint
    assert "kubectl annotate tt faq " in status.failure.hint


@pytest.mark.parametrize("pods", [(), (a_check_pod(0, ""),)], ids=["pod gone", "no message"])
def test_lost_words_of_a_good_check_hold_nothing_up(pods: tuple[Pod, ...]) -> None:
    status = written(Observed(TASK, (COMPLETE,), pods=pods))
    assert status.run
    assert (status.run.step, status.run.content_key) == ("Train", None)
    assert validated(status) == ("True", "Validated")


@pytest.mark.parametrize(
    "message",
    [
        pytest.param("all good", id="not JSON"),
        pytest.param(PUBLISHED, id="another step's"),
        pytest.param({**CHECKED, "runKey": "0" * 16}, id="another run's"),
    ],
)
def test_words_that_cannot_be_the_checks_are_not_believed(message: object) -> None:
    status = written(Observed(TASK, (COMPLETE,), pods=(a_check_pod(0, message),)))
    assert (status.phase, status.reason) == ("Failed", Reason.INVALID_RESULT)


def test_a_check_that_somebody_deleted_is_made_again() -> None:
    action = decide(Observed(TASK, jobs_are_live=True))
    assert isinstance(action, CreateJob)
    assert action.manifest["metadata"]["annotations"][names.MODEL_ID_ANNOTATION] == MODEL_ID
