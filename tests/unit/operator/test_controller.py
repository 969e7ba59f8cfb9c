"""The controller against a Kubernetes in memory: whole walks, and each write failing once."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sbert_api.reasons import Reason
from sbert_operator.errors import BlockedError, RefusedError, api_error
from sbert_operator.observed import Key
from tests.unit.operator.builders import KEY, a_status, said_failed
from tests.unit.operator.faults import FAULTS
from tests.unit.operator.world import World


@pytest.fixture
def world() -> World:
    found = World()
    found.cluster.add_task()
    return found


def walk_to_done(world: World) -> None:
    world.settle()
    world.cluster.make_pod(world.job)
    world.settle()
    world.cluster.start_pod(world.job)
    world.settle()
    world.cluster.end_pod(world.job, 0, world.cluster.published_by(world.job))
    world.settle()


def test_a_good_run_goes_from_queued_over_running_to_done(world: World) -> None:
    walk_to_done(world)
    phases = [status["phase"] for status in world.cluster.statuses["task-1"]]
    assert phases == ["Queued", "Running", "Done"]


def test_a_good_run_costs_six_writes_and_two_reads(world: World) -> None:
    walk_to_done(world)
    assert sorted(world.cluster.calls) == [
        *["create event"] * 2,
        "create job",
        *["patch status"] * 3,
        *["pods of job"] * 2,
    ]


def test_a_task_that_rests_costs_nothing(world: World) -> None:
    walk_to_done(world)
    world.restart()
    world.cluster.calls.clear()
    world.settle()
    assert world.cluster.calls == []


@pytest.mark.parametrize("code", [403, 404, 500, 503, 0])
def test_a_log_that_cannot_be_read_keeps_no_task_from_ending(
    world: World, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> str:
        raise api_error(code, "the node is gone")

    monkeypatch.setattr(world.cluster, "log_tail", fail)
    world.settle()
    world.cluster.start_pod(world.job)
    world.settle()
    world.cluster.end_pod(world.job, 12, "")
    world.settle()
    assert world.status["phase"] == "Failed"


def test_a_retry_is_told_by_the_attempt_and_the_phase_stays(world: World) -> None:
    world.settle()
    world.cluster.start_pod(world.job)
    world.settle()
    world.cluster.end_pod(world.job, 31, said_failed("DiskFullError", "full"))
    world.settle()
    world.cluster.start_pod(world.job)
    world.settle()
    assert (world.status["phase"], world.status["run"]["attempt"]) == ("Running", 2)


def test_bad_data_ends_the_task_with_the_trainers_words(world: World) -> None:
    world.settle()
    world.cluster.start_pod(world.job)
    world.cluster.end_pod(world.job, 15, said_failed("DatasetValidationError", "line 7"))
    world.settle()
    assert world.status["errorMsg"] == "DatasetValidationError: line 7"
    assert [event["type"] for event in world.cluster.events.values()] == ["Normal", "Warning"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("write", range(4))
def test_each_write_may_fail_once_and_the_end_is_the_same(
    world: World, write: int, fault: str
) -> None:
    world.cluster.faults = [*[None] * write, FAULTS[fault]]
    walk_to_done(world)
    assert world.status["phase"] == "Done"
    assert len(world.cluster.created) == 1


@pytest.mark.parametrize("fault", ["lost", "answer_lost"])
@pytest.mark.parametrize("write", range(4))
def test_the_operator_may_die_at_each_write_and_the_end_is_the_same(
    world: World, write: int, fault: str
) -> None:
    world.cluster.faults = [*[None] * write, FAULTS[fault]]
    steps: list[Callable[[], None]] = [
        lambda: None,
        lambda: world.cluster.start_pod(world.job),
        lambda: world.cluster.end_pod(world.job, 0, world.cluster.published_by(world.job)),
    ]
    for step in steps:
        step()
        world.deliver()
        if world.work():
            world.restart()
        world.settle()
    assert world.status["phase"] == "Done"
    assert len(world.cluster.created) == 1


def test_a_job_created_before_a_crash_is_adopted(world: World) -> None:
    world.cluster.faults = [None, FAULTS["answer_lost"]]
    world.deliver()
    assert world.work()
    world.operator = world.new_operator()
    world.operator.task_changed(world.cluster.tasks[KEY])
    assert world.work() is None
    assert "get job" in world.cluster.calls
    assert world.status["run"]["jobName"] == world.job["metadata"]["name"]


def test_somebody_elses_job_of_our_name_is_neither_taken_nor_deleted(world: World) -> None:
    world.settle()
    key = Key("team", world.job["metadata"]["name"])
    world.cluster.delete_job_now(world.job)
    world.cluster.write_status(KEY, {})
    world.cluster.add_foreign_job(key)
    error = world.settle()
    assert isinstance(error, BlockedError)
    assert (world.status["phase"], world.status["reason"]) == ("Queued", Reason.JOB_NAME_CONFLICT)
    assert world.cluster.jobs[key]["metadata"]["uid"] == "foreign"
    del world.cluster.jobs[key]
    world.settle()
    assert (world.status["phase"], world.status["reason"]) == ("Queued", Reason.QUEUED)


def test_a_job_deleted_by_hand_is_not_created_again(world: World) -> None:
    world.settle()
    world.cluster.start_pod(world.job)
    world.settle()
    world.cluster.delete_job_now(world.job)
    world.settle()
    assert (world.status["phase"], world.status["reason"]) == ("Failed", Reason.JOB_DELETED)
    assert len(world.cluster.created) == 1


def test_a_watch_that_lags_does_not_make_a_live_job_look_deleted(world: World) -> None:
    world.settle()
    world.cluster.start_pod(world.job)
    world.settle()
    world.operator = world.new_operator()
    world.operator.task_changed(world.cluster.tasks[KEY])
    assert world.work() is None
    assert world.status["phase"] == "Running"
    assert "jobs of task" in world.cluster.calls


def test_a_refused_job_ends_the_task(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(manifest: object) -> Any:
        raise RefusedError(422, "Job is invalid: spec.template: too long")

    monkeypatch.setattr(world.cluster, "create_job", refuse)
    world.settle()
    expected = "JobRefused: Job is invalid: spec.template: too long"
    assert world.status["errorMsg"] == expected


def test_a_forbidden_job_is_told_and_tried_again(world: World) -> None:
    world.cluster.faults = [None, FAULTS["forbidden"]]
    world.deliver()
    assert isinstance(world.work(), BlockedError)
    assert world.status["message"] == "the API server does not allow the Job yet: not loaded yet"
    world.settle()
    assert world.status["run"]["attempt"] == 1


def test_a_result_that_is_lost_is_fetched_by_a_second_job(world: World) -> None:
    world.settle()
    world.cluster.start_pod(world.job)
    world.cluster.end_pod(world.job, 0, world.cluster.published_by(world.job))
    world.cluster.pods[world.job["metadata"]["uid"]].clear()
    world.settle()
    assert world.job["metadata"]["name"].endswith("-again")
    world.cluster.start_pod(world.job)
    world.cluster.end_pod(world.job, 0, world.cluster.published_by(world.job))
    world.settle()
    assert world.status["phase"] == "Done"


def test_pods_of_somebody_else_with_the_jobs_label_are_not_believed(world: World) -> None:
    world.settle()
    world.cluster.start_pod(world.job)
    world.cluster.end_pod(world.job, 0, world.cluster.published_by(world.job))
    for pod in world.cluster.pods[world.job["metadata"]["uid"]]:
        pod["metadata"]["ownerReferences"][0]["uid"] = "forged"
    world.settle()
    assert world.status.get("trainedModelId") is None


def test_a_task_of_the_same_name_gets_a_job_of_its_own(world: World) -> None:
    world.settle()
    first = world.job["metadata"]["name"]
    world.cluster.delete_task(KEY)
    world.cluster.add_task(uid="task-2")
    world.settle()
    assert world.job["metadata"]["name"] != first
    assert world.status["phase"] == "Queued"


def test_a_task_that_is_gone_is_no_error(world: World) -> None:
    world.deliver()
    del world.cluster.tasks[KEY]
    assert world.work() is None
    assert world.work() is None


def test_the_end_of_a_job_is_looked_at_before_what_is_to_be_begun(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.settle()
    looks: list[bool] = []

    def note(key: Key, *, first: bool = False) -> None:
        looks.append(first)

    monkeypatch.setattr(world.operator.queue, "add", note)
    world.cluster.start_pod(world.job)
    world.deliver()
    assert set(looks) == {False}
    world.cluster.end_pod(world.job, 0, "")
    world.deliver()
    assert looks[-1]


def test_an_end_that_is_only_listed_has_no_hurry(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.settle()
    world.cluster.start_pod(world.job)
    world.cluster.end_pod(world.job, 0, "")
    looks: list[bool] = []
    operator = world.new_operator()
    monkeypatch.setattr(operator.queue, "add", lambda _, *, first: looks.append(first))
    operator.job_changed(world.job)
    assert looks == [False]


def test_two_operators_make_one_job_and_one_end(world: World) -> None:
    other = world.new_operator()
    other.task_changed(world.cluster.tasks[KEY])
    walk_to_done(world)
    for job in world.cluster.jobs.values():
        other.job_changed(job)
    asyncio.run(other.work(KEY))
    assert len(world.cluster.created) == 1
    assert [s["phase"] for s in world.cluster.statuses["task-1"]].count("Done") == 1


def test_a_task_that_somebody_changed_meanwhile_is_read_again_in_the_same_pass(
    world: World,
) -> None:
    world.deliver()
    world.cluster.write_status(KEY, {"message": "mine"})
    assert world.work() is None
    assert world.status["reason"] == Reason.QUEUED


def test_junk_in_the_status_is_replaced(world: World) -> None:
    world.settle()
    world.cluster.write_status(KEY, {"phase": "Done", "trainedModelId": "evil", "failure": 7})
    world.settle()
    assert world.status["phase"] == "Queued"
    assert not {"trainedModelId", "failure"} & set(world.status)


def test_a_terminal_status_written_before_is_never_touched(world: World) -> None:
    world.cluster.write_status(KEY, a_status("Failed"))
    world.settle()
    assert world.cluster.created == []
    assert "patch status" not in world.cluster.calls
