"""Runs against a Kubernetes in memory: changed specs, suspension, preflight, time to live."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from sbert_api import names
from tests.unit.operator.builders import KEY, NOW
from tests.unit.operator.world import World

AGAIN = {names.RESTARTED_AT_ANNOTATION: "2026-01-02"}


@pytest.fixture
def world() -> World:
    found = World()
    found.cluster.add_task()
    return found


def train(world: World) -> None:
    """Let the present Job train to its end."""
    world.settle()
    world.cluster.start_pod(world.job)
    world.settle()
    world.cluster.end_pod(world.job, 0, world.cluster.published_by(world.job))
    world.settle()


def created(world: World) -> int:
    return len(world.cluster.created)


def test_a_changed_spec_of_a_done_task_trains_again_and_keeps_the_old_outcome(
    world: World,
) -> None:
    train(world)
    first = world.status
    world.cluster.edit_task(KEY, epochs=2)
    train(world)
    second = world.status
    assert (first["phase"], second["phase"]) == ("Done", "Done")
    assert second["trainedModelId"] != first["trainedModelId"]
    assert second["observedGeneration"] == 2
    (past,) = second["history"]
    assert past["key"] == first["run"]["key"]
    assert (past["phase"], past["trainedModelId"]) == ("Done", first["trainedModelId"])


def test_the_running_job_is_gone_before_the_next_run_starts(world: World) -> None:
    world.settle()
    world.cluster.start_pod(world.job)
    world.settle()
    world.cluster.edit_task(KEY, epochs=2)
    world.settle()
    assert [alive for _, alive in world.cluster.created] == [[], []]
    assert len(world.cluster.jobs) == 1
    assert world.status["phase"] == "Queued"
    assert world.status["history"][0]["phase"] == "Running"
    assert "startTime" not in world.status


def test_a_job_that_takes_its_time_to_go_is_waited_for(world: World) -> None:
    world.settle()
    first = world.job
    world.cluster.slow_to_delete = True
    world.cluster.edit_task(KEY, epochs=2)
    world.settle()
    assert created(world) == 1
    assert world.status["reason"] == "Replacing"
    world.cluster.delete_job_now(first)
    world.settle()
    assert created(world) == 2


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda world: world.restart(), id="an operator's restart"),
        pytest.param(lambda world: world.cluster.edit_task(KEY), id="the same file again"),
        pytest.param(lambda world: world.cluster.edit_task(KEY, epochs=1), id="a default"),
        pytest.param(lambda world: world.cluster.edit_task(KEY, newField=1), id="an upgrade"),
        pytest.param(lambda world: world.cluster.edit_task(KEY, suspend=True), id="suspend"),
        pytest.param(lambda world: world.cluster.annotate_task(KEY, other="x"), id="Replace=true"),
        pytest.param(lambda world: world.cluster.delete_job_now(world.job), id="its Job deleted"),
    ],
)
def test_nothing_else_runs_a_finished_task_again(
    world: World, change: Callable[[World], None]
) -> None:
    train(world)
    change(world)
    world.settle()
    world.restart()
    world.settle()
    assert created(world) == 1
    assert world.status["phase"] == "Done"


def test_an_annotation_runs_it_again_once_and_its_removal_does_not(world: World) -> None:
    train(world)
    world.cluster.annotate_task(KEY, **AGAIN)
    train(world)
    assert created(world) == 2
    world.cluster.annotate_task(KEY)
    world.settle()
    world.cluster.annotate_task(KEY, **AGAIN)
    world.settle()
    assert created(world) == 2


def test_a_spec_that_goes_there_and_back_runs_each_time(world: World) -> None:
    train(world)
    for epochs in (2, 1):
        world.cluster.edit_task(KEY, epochs=epochs)
        train(world)
    assert created(world) == 3
    assert len({past["key"] for past in world.status["history"]}) == 2


def test_only_five_earlier_runs_are_told_of(world: World) -> None:
    train(world)
    for epochs in range(2, 9):
        world.cluster.edit_task(KEY, epochs=epochs)
        train(world)
    assert len(world.status["history"]) == 5


def test_suspended_while_it_trains_it_goes_on_with_the_same_job_and_run(world: World) -> None:
    world.settle()
    world.cluster.start_pod(world.job)
    world.settle()
    run = world.status["run"]["key"]
    world.cluster.edit_task(KEY, suspend=True)
    world.settle()
    assert world.status["phase"] == "Suspended"
    world.cluster.edit_task(KEY, suspend=False)
    world.settle()
    assert world.status["phase"] == "Queued"
    train(world)
    assert (world.status["phase"], world.status["run"]["key"]) == ("Done", run)
    assert created(world) == 1


@pytest.mark.parametrize("times", range(1, 21))
def test_s34_suspend_that_flaps_ends_in_its_last_value(world: World, times: int) -> None:
    world.settle()
    for number in range(times):
        world.cluster.edit_task(KEY, suspend=number % 2 == 0)
        if number % 3 == 0:
            world.settle()
    world.settle()
    assert world.status["phase"] == ("Suspended" if times % 2 else "Queued")
    assert created(world) == 1


def checked_task() -> World:
    found = World()
    found.cluster.add_task(spec={"preflight": True})
    found.settle()
    return found


def end_check(world: World, exit_code: int, message: object) -> None:
    world.cluster.start_pod(world.job)
    world.settle()
    world.cluster.end_pod(world.job, exit_code, message)
    world.settle()


def test_preflight_comes_before_the_training_and_costs_twelve_writes_at_most() -> None:
    world = checked_task()
    end_check(world, 0, world.cluster.checked_by(world.job))
    train(world)
    assert world.status["phase"] == "Done"
    assert created(world) == 2
    writes = [c for c in world.cluster.calls if c.split()[0] in ("create", "patch", "delete")]
    assert len(writes) <= 12


def test_an_identical_model_makes_the_training_needless() -> None:
    world = checked_task()
    end_check(world, 0, world.cluster.checked_by(world.job, reused="trained_models/x"))
    assert (world.status["phase"], world.status["trainedModelId"]) == ("Done", "trained_models/x")
    assert created(world) == 1


def test_jobs_go_when_their_time_is_over_and_the_task_stays_as_it_is(world: World) -> None:
    world.cluster.edit_task(KEY, ttlSecondsAfterFinished=60)
    train(world)
    status = world.status
    assert len(world.cluster.jobs) == 1
    world.now = NOW + timedelta(seconds=61)
    world.operator.queue.add(KEY)
    world.settle()
    assert not world.cluster.jobs
    world.restart()
    world.settle()
    assert world.status == status
    assert created(world) == 1


def test_what_tasks_use_is_counted_once_also_of_a_run_that_was_replaced(world: World) -> None:
    world.cluster.add_task(spec={"resources": {"limits": {"nvidia.com/gpu": 2}}})
    world.settle()
    world.now += timedelta(seconds=30)
    world.cluster.start_pod(world.job)
    world.settle()
    world.now += timedelta(seconds=100)
    world.cluster.edit_task(KEY, epochs=2)
    world.settle()
    world.restart()
    world.settle()
    assert world.status["history"][0]["usage"]["gpuSeconds"] == 200
    assert world.status["usage"] == {"queuedSeconds": 0, "trainingSeconds": 0, "gpuSeconds": 0}
    assert world.counted("training_seconds") == 100
    assert world.counted("gpu_seconds") == 200


def test_the_end_of_a_task_is_counted_once(world: World) -> None:
    train(world)
    world.restart()
    world.settle()
    assert world.counted("tasks_finished", reason="Published") == 1
