"""What is said of a run that was Running and has no ready pod."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sbert_api.reasons import Reason
from sbert_operator.actions import ReadPods, Settle
from sbert_operator.observed import Observed, ObservedEvaluation, Pod
from tests.unit.operator import evaluations
from tests.unit.operator.builders import (
    NOW,
    STARTED,
    a_job,
    a_pod,
    a_status,
    a_task,
    a_waiting_pod,
    said_failed,
)
from tests.unit.operator.decisions import decide, written
from tests.unit.operator.world import World

RUNNING = a_task(status=a_status("Running", startTime=STARTED))
NEXT_PODS = pytest.mark.parametrize(
    ("pods", "complaints", "reason"),
    [
        pytest.param((a_waiting_pod(unschedulable="0/1 nodes"),), None, "Unschedulable"),
        pytest.param((), ("exceeded quota: few",), "QuotaExceeded"),
        pytest.param((), (), "Training"),
    ],
    ids=["no node for the next pod", "no next pod is allowed", "the Job's own pause"],
)
"""The next attempt's pods, what Events say, and the reason that is told."""


@pytest.mark.parametrize(
    ("ready", "message"),
    [(0, "waits for the pod of attempt 2 to start"), (1, "training: attempt 2 has started")],
)
def test_a_task_stays_running_between_two_attempts(ready: int, message: str) -> None:
    status = written(Observed(RUNNING, (a_job(active=1, failed=1, ready=ready),)))
    assert (status.phase, status.start_time) == ("Running", STARTED)
    assert status.message.endswith(message)


@NEXT_PODS
def test_a_task_whose_next_attempt_does_not_start_says_why(
    pods: tuple[Pod, ...], complaints: tuple[str, ...] | None, reason: str
) -> None:
    job = a_job(active=1, failed=1)
    seen = Observed(RUNNING, (job,), unready_since=NOW - timedelta(seconds=31))
    assert decide(seen) == ReadPods(job)
    status = written(replace(seen, pods=pods, complaints=complaints))
    assert (status.phase, status.reason, status.start_time) == ("Running", reason, STARTED)
    told = replace(seen, task=a_task(status=status.as_json()))
    assert decide(told) == ReadPods(job)
    again = decide(replace(told, pods=pods, complaints=complaints))
    assert isinstance(again, Settle)
    assert again.again_in
    went_on = written(replace(told, jobs=(a_job(active=1, failed=1, ready=1),), pods=pods))
    assert (went_on.phase, went_on.reason) == ("Running", "Training")
    without = replace(told, jobs=(), jobs_are_live=True)
    assert written(without).reason == Reason.JOB_DELETED, "training is not repeated unasked"


def test_a_pod_that_is_missing_for_a_moment_is_not_asked_for() -> None:
    seen = Observed(RUNNING, (a_job(active=1, failed=1),), unready_since=NOW)
    status = written(seen)
    assert status.phase == "Running"
    assert decide(replace(seen, task=a_task(status=status.as_json()))) == Settle(again_in=30.0)


@NEXT_PODS
def test_an_evaluation_whose_next_attempt_does_not_start_says_why(
    pods: tuple[Pod, ...], complaints: tuple[str, ...] | None, reason: str
) -> None:
    job = evaluations.the_job(active=1, failed=1)
    task = evaluations.evaluation("Running", startTime=STARTED)
    seen = ObservedEvaluation(task, (job,), pods=pods, complaints=complaints)
    begun = replace(seen, unready_since=NOW - timedelta(seconds=29))
    assert evaluations.written(begun).reason == "Evaluating"
    status = evaluations.written(replace(seen, unready_since=NOW - timedelta(seconds=31)))
    expected = reason.replace("Training", "Evaluating")
    assert (status.phase, status.reason, status.start_time) == ("Running", expected, STARTED)
    ready = replace(seen, jobs=(evaluations.the_job(active=1, failed=1, ready=1),), pods=(a_pod(),))
    assert evaluations.written(ready).reason == "Evaluating"


def test_an_event_says_once_why_the_next_attempt_does_not_start() -> None:
    world = World()
    world.cluster.add_task()
    world.settle()
    world.cluster.start_pod(world.job)
    world.settle()
    world.cluster.end_pod(world.job, 31, said_failed("DiskFullError", "full"))
    world.settle()
    before = set(world.cluster.events)
    quota = {"reason": "FailedCreate", "message": "exceeded quota: few"}
    world.cluster.warnings[world.job["metadata"]["uid"]] = [quota]
    world.now += timedelta(seconds=31)
    world.settle()
    assert (world.status["phase"], world.status["reason"]) == ("Running", "QuotaExceeded")
    (event,) = (found for key, found in world.cluster.events.items() if key not in before)
    assert (event["type"], event["reason"]) == ("Warning", "QuotaExceeded")
    world.cluster.start_pod(world.job)
    world.settle()
    assert world.status["reason"] == "Training"
    assert len(world.cluster.events) == len(before) + 1
