"""What the operator decides, case by case."""

from typing import Any

import pytest

from sbert_api import names
from sbert_api.reasons import Reason
from sbert_operator.actions import (
    CreateJob,
    ReadJobs,
    ReadLog,
    ReadPods,
    Settle,
)
from sbert_operator.observed import Job, Observed, Obstacle, Pod
from sbert_operator.reconcile import current_job
from sbert_operator.steps import AGAIN
from tests.unit.operator.builders import (
    ENDED,
    JOB_NAME,
    JOB_UID,
    MODEL_ID,
    PUBLISHED,
    RUN_KEY,
    STARTED,
    a_job,
    a_pod,
    a_progress,
    a_status,
    a_task,
    said_failed,
)
from tests.unit.operator.decisions import decide, written

SECOND_NAME = names.job_name("faq", RUN_KEY, AGAIN)
COMPLETE = a_job(end="Complete", succeeded=1)
FAILED = a_job(end="Failed", reason="PodFailurePolicy", failed=1)
UNREADABLE = {"epochs": 0}
JUST_NOW = "2026-01-01T11:59:50Z"
QUEUED = a_task(status=a_status("Queued"))
RUNNING = a_task(status=a_status("Running", startTime=STARTED))


def test_a_new_tasks_run_is_recorded_before_anything_of_it_exists() -> None:
    status = written(Observed(a_task()))
    assert (status.phase, status.observed_generation) == ("Queued", 1)
    assert status.run
    assert (status.run.key, status.run.step) == (RUN_KEY, "Train")
    assert status.run.model_id == "trained_models/minilm-finetuned-20260101-100000-7ef54ba0"


def test_a_recorded_run_gets_a_job_of_its_own() -> None:
    action = decide(Observed(QUEUED))
    assert isinstance(action, CreateJob)
    owner = action.manifest["metadata"]["ownerReferences"][0]
    assert (owner["uid"], owner["controller"]) == (a_task().uid, True)


def test_the_job_publishes_under_the_recorded_id() -> None:
    action = decide(Observed(QUEUED))
    assert isinstance(action, CreateJob)
    assert action.manifest["metadata"]["annotations"][names.MODEL_ID_ANNOTATION] == MODEL_ID


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(Observed(a_task(deletionTimestamp=STARTED)), id="being deleted"),
        pytest.param(Observed(a_task(deletionTimestamp=STARTED), (COMPLETE,)), id="with its Job"),
        pytest.param(Observed(a_task(status=a_status("Done"))), id="done, Job gone"),
        pytest.param(
            Observed(a_task(status=a_status("Failed")), (COMPLETE,)), id="failed for good"
        ),
        pytest.param(Observed(a_task(status=a_status("Done")), (a_job(active=1),)), id="done"),
    ],
)
def test_nothing_is_done_for_a_task_that_is_going_or_finished(seen: Observed) -> None:
    assert decide(seen) == Settle()


def test_a_spec_that_cannot_be_read_fails_with_the_field_named() -> None:
    status = written(Observed(a_task(UNREADABLE)))
    assert (status.phase, status.reason) == ("Failed", Reason.INVALID_SPEC)
    assert status.message == "spec.epochs: Input should be greater than or equal to 1"
    assert status.failure
    assert status.failure.hint


@pytest.mark.parametrize(
    ("job", "pod", "phase"),
    [
        pytest.param(a_job(active=1, ready=1), a_pod(), "Running", id="runs"),
        pytest.param(COMPLETE, a_pod(exit_code=0, message=PUBLISHED), "Done", id="complete"),
        pytest.param(FAILED, a_pod(exit_code=15), "Failed", id="failed"),
    ],
)
def test_a_job_goes_on_though_this_version_cannot_read_the_spec_any_more(
    job: Job, pod: Pod | None, phase: str
) -> None:
    task = a_task(UNREADABLE, a_status("Queued"))
    seen = Observed(task, (job,), pods=(pod,) if pod else None, log="")
    status = written(seen)
    assert status.phase == phase
    assert status.reason != Reason.INVALID_SPEC
    assert status.run
    assert status.run.key == RUN_KEY


def test_a_lost_result_of_a_spec_that_cannot_be_read_is_not_fetched_again() -> None:
    task = a_task(UNREADABLE, a_status("Running", startTime=STARTED))
    status = written(Observed(task, (COMPLETE,), pods=()))
    assert (status.phase, status.reason) == ("Failed", Reason.INVALID_SPEC)


def test_a_job_without_a_running_pod_is_queued() -> None:
    status = written(Observed(QUEUED, (a_job(active=1, created=JUST_NOW),)))
    assert (status.phase, status.reason, status.start_time) == ("Queued", Reason.QUEUED, None)
    assert status.run
    assert (status.run.job_name, status.run.attempt) == (JOB_NAME, 1)


def test_a_ready_pod_is_read_before_the_task_is_called_running() -> None:
    job = a_job(active=1, ready=1)
    assert decide(Observed(QUEUED, (job,))) == ReadPods(job)
    status = written(Observed(QUEUED, (job,), pods=(a_pod(),)))
    assert (status.phase, status.start_time) == ("Running", STARTED)


def test_progress_is_told_in_words() -> None:
    progress = a_progress(62, estimatedRemainingSeconds=840, summary="62%")
    status = written(Observed(RUNNING, (a_job(active=1, ready=1),), progress=progress))
    assert status.message == "training: 62 %, step 310 of 500, about 14 min left"
    assert status.progress == progress


def test_an_old_attempts_progress_is_not_shown_for_the_next_one() -> None:
    before = a_status("Running", startTime=STARTED, progress=a_progress().as_json())
    same = written(Observed(a_task(status=before), (a_job(active=1, ready=1),)))
    assert same.progress
    following = written(Observed(a_task(status=before), (a_job(active=1, failed=1, ready=1),)))
    assert following.progress is None


def test_a_status_that_says_the_truth_already_is_not_written_again() -> None:
    seen = Observed(QUEUED, (a_job(active=1, ready=1),), pods=(a_pod(),))
    again = Observed(a_task(status=written(seen).as_json()), seen.jobs)
    assert decide(again) == Settle()


@pytest.mark.parametrize("job", [COMPLETE, FAILED], ids=["complete", "failed"])
def test_at_the_end_pods_are_read_first_and_the_log_where_there_is_no_result(job: Any) -> None:
    pod = a_pod(exit_code=0)
    assert decide(Observed(RUNNING, (job,))) == ReadPods(job)
    expected = ReadLog(pod, names.TRAINER_CONTAINER)
    assert decide(Observed(RUNNING, (job,), pods=(pod,))) == expected


def test_done_needs_complete_and_a_published_model_with_the_jobs_id() -> None:
    pods = (a_pod(exit_code=0, message=PUBLISHED),)
    status = written(Observed(RUNNING, (COMPLETE,), pods=pods))
    assert (status.phase, status.trained_model_id) == ("Done", MODEL_ID)
    assert (status.start_time, status.end_date) == (STARTED, ENDED)
    assert status.metrics
    assert status.data
    assert status.failure is None
    assert status.error_msg is None


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        pytest.param("", Reason.MODEL_NOT_PUBLISHED, id="no message"),
        pytest.param(" \n", Reason.MODEL_NOT_PUBLISHED, id="blank"),
        pytest.param("all good", Reason.INVALID_RESULT, id="not JSON"),
        pytest.param("[1]", Reason.INVALID_RESULT, id="not an object"),
        pytest.param("x" * 5000, Reason.INVALID_RESULT, id="too long"),
        pytest.param('{"outcome":"Published"}', Reason.INVALID_RESULT, id="fields missing"),
        pytest.param({**PUBLISHED, "modelId": "other"}, Reason.INVALID_RESULT, id="other model"),
        pytest.param({**PUBLISHED, "runKey": "0" * 16}, Reason.INVALID_RESULT, id="other run"),
        pytest.param(said_failed("Killed", "no"), Reason.INVALID_RESULT, id="says it failed"),
    ],
)
def test_exit_0_without_the_published_model_is_a_failure(message: object, reason: Reason) -> None:
    pods = (a_pod(exit_code=0, message=message),)
    status = written(Observed(RUNNING, (COMPLETE,), pods=pods, log=""))
    assert (status.phase, status.reason, status.trained_model_id) == ("Failed", reason, None)
    assert status.error_msg
    assert status.error_msg.startswith(f"{reason}: ")


def test_a_training_that_left_no_result_shows_the_end_of_its_log() -> None:
    pods = (a_pod(exit_code=0),)
    log = "saved\n\x1b[31mpublished\n"
    failure = written(Observed(RUNNING, (COMPLETE,), pods=pods, log=log)).failure
    assert failure
    assert failure.log_tail == ["saved", "[31mpublished"]


def test_a_failed_job_fails_the_task_with_the_trainers_words() -> None:
    said = said_failed("DatasetValidationError", "faq.jsonl line 7: 'negative' is empty")
    pods = (a_pod(exit_code=15, message=said),)
    status = written(Observed(RUNNING, (FAILED,), pods=pods, log="much text"))
    assert status.error_msg == "DatasetValidationError: faq.jsonl line 7: 'negative' is empty"
    assert status.failure
    assert (status.failure.exit_code, status.failure.log_tail) == (15, [])


def test_a_lost_result_runs_the_step_once_more_for_the_same_model() -> None:
    action = decide(Observed(RUNNING, (COMPLETE,), pods=()))
    assert isinstance(action, CreateJob)
    meta = action.manifest["metadata"]
    assert meta["annotations"][names.MODEL_ID_ANNOTATION] == MODEL_ID
    assert meta["name"].endswith("-again")
    assert len(names.job_name("x" * 200, "0" * 16, "again")) <= 63


def test_a_result_lost_twice_is_a_failure() -> None:
    second = a_job(end="Complete", name=SECOND_NAME, created="2026-01-01T11:30:00Z")
    status = written(Observed(RUNNING, (COMPLETE, second), pods=()))
    assert (status.phase, status.reason) == ("Failed", Reason.MODEL_NOT_PUBLISHED)


def test_a_job_that_is_gone_is_looked_for_before_the_task_fails() -> None:
    assert decide(Observed(RUNNING)) == ReadJobs()
    status = written(Observed(RUNNING, jobs_are_live=True))
    assert (status.phase, status.reason) == ("Failed", Reason.JOB_DELETED)
    assert status.message == (
        f"Job {JOB_NAME} is gone and its end was not seen;"
        f" had it published a model, it would be {MODEL_ID}"
    )
    assert status.start_time == STARTED


def test_a_job_that_the_server_refuses_fails_the_task() -> None:
    refused = Obstacle(Reason.JOB_REFUSED, "Job is invalid: \x1b[31mspec\n", final=True)
    status = written(Observed(QUEUED, obstacle=refused))
    assert (status.phase, status.message) == ("Failed", "Job is invalid: [31mspec")


def test_an_obstacle_that_may_go_away_is_told_and_waited_for() -> None:
    taken = Obstacle(Reason.JOB_NAME_CONFLICT, "a Job x exists")
    status = written(Observed(QUEUED, obstacle=taken))
    assert (status.phase, status.reason) == ("Queued", Reason.JOB_NAME_CONFLICT)
    told = Observed(a_task(status=status.as_json()), obstacle=taken)
    assert decide(told) == Settle(blocked="a Job x exists")


def test_an_obstacle_to_the_second_job_does_not_take_a_running_task_back() -> None:
    taken = Obstacle(Reason.QUEUED, "not allowed")
    seen = Observed(RUNNING, (COMPLETE,), pods=(), obstacle=taken)
    assert decide(seen) == Settle(blocked="not allowed")


@pytest.mark.parametrize("phase", ["Suspended", "Queued"])
def test_an_obstacle_after_a_suspension_is_told(phase: str) -> None:
    taken = Obstacle(Reason.QUOTA_EXCEEDED, "exceeded quota")
    resumed = a_task(status=a_status(phase, startTime=STARTED))
    status = written(Observed(resumed, obstacle=taken))
    assert (status.phase, status.reason) == ("Queued", Reason.QUOTA_EXCEEDED)
    assert status.start_time == STARTED
    told = Observed(a_task(status=status.as_json()), obstacle=taken)
    assert decide(told) == Settle(blocked="exceeded quota")


def test_the_present_job_is_the_unfinished_one_else_the_youngest() -> None:
    second = a_job(name=SECOND_NAME, created="2026-01-01T11:30:00Z")
    assert current_job(Observed(RUNNING)) is None
    assert current_job(Observed(RUNNING, (second, COMPLETE))) == second
    old_but_running = a_job(active=1)
    ended = a_job(end="Complete", name=SECOND_NAME, created="2026-01-01T11:30:00Z")
    assert current_job(Observed(RUNNING, (old_but_running, ended))) == old_but_running


@pytest.mark.parametrize(
    "junk",
    [
        "text",
        [1, 2],
        {"phase": 7, "run": "x", "conditions": "none", "progress": []},
        {"phase": "Done", "trainedModelId": "evil"},
        {"phase": "Failed", "endDate": ENDED, "failure": {"reason": 1}},
        {"conditions": [{"type": "Complete"}]},
        {"startTime": "9999-01-01T00:00:00Z", "phase": "Queued"},
        {"startTime": "0001-01-01T00:00:00+23:59", "phase": "Running"},
        {"startTime": "9999-12-31T23:59:59-23:59", "phase": "Running"},
    ],
    ids=str,
)
def test_a_status_that_somebody_wrote_is_put_right(junk: object) -> None:
    """The run of the Job that is there goes on, and never seems to begin anew."""
    job, task = a_job(active=1, ready=1), a_task(status=junk)
    assert decide(Observed(task, (job,))) == ReadPods(job)
    status = written(Observed(task, (job,), pods=(a_pod(),)))
    assert status.run
    assert status.run.key == RUN_KEY
    assert (status.phase, status.start_time) == ("Running", STARTED)
    assert (status.trained_model_id, status.end_date) == (None, None)
    assert job.uid == JOB_UID
