"""spec.suspend, and Kueue's rules for Jobs in a queue."""

from typing import Any

import pytest

from sbert_operator.actions import Action, CreateJob, DeleteJob, Settle, SuspendJob, WriteStatus
from sbert_operator.observed import Job, Observed, Task
from sbert_operator.reconcile import reconcile
from tests.unit.operator.builders import (
    NOW,
    PUBLISHED,
    SETTINGS,
    STARTED,
    a_job,
    a_pod,
    a_status,
    a_task,
)

HELD = {"suspend": True}
IN_QUEUE: dict[str, Any] = {"labels": {"kueue.x-k8s.io/queue-name": "gpus"}}
RUNNING = a_status("Running", startTime=STARTED)
SUSPENDED = a_status("Suspended", startTime=STARTED)


def decide(task: Task, *jobs: Job) -> Action:
    return reconcile(Observed(task, jobs), SETTINGS, NOW)


def phase_written(task: Task, *jobs: Job) -> str:
    action = decide(task, *jobs)
    assert isinstance(action, WriteStatus), action
    return action.status.phase


def test_a_task_applied_with_suspend_gets_no_job() -> None:
    assert phase_written(a_task(HELD)) == "Suspended"
    recorded = a_status("Suspended")
    assert phase_written(a_task(HELD, recorded)) == "Suspended"


def test_a_running_job_is_paused_and_the_task_says_so() -> None:
    job = a_job(active=1, ready=1)
    task = a_task(HELD, RUNNING)
    assert decide(task, job) == SuspendJob(job, suspend=True)
    assert phase_written(task, a_job(suspend=True)) == "Suspended"


def test_a_paused_job_goes_on_and_the_task_is_queued_until_its_pod_runs() -> None:
    paused = a_job(suspend=True)
    task = a_task(status=SUSPENDED)
    assert decide(task, paused) == SuspendJob(paused, suspend=False)
    resumed = a_job(active=1, created="2026-01-01T11:59:50Z")
    action = decide(a_task(status=SUSPENDED), resumed)
    assert isinstance(action, WriteStatus)
    assert (action.status.phase, action.status.start_time) == ("Queued", STARTED)
    ready = a_job(active=1, ready=1)
    assert phase_written(a_task(status=action.status.as_json()), ready) == "Running"


def test_a_job_that_ended_before_it_could_be_paused_counts() -> None:
    job = a_job(end="Complete", succeeded=1)
    pods = (a_pod(exit_code=0, message=PUBLISHED),)
    seen = Observed(a_task(HELD, RUNNING), (job,), pods=pods, log="")
    action = reconcile(seen, SETTINGS, NOW)
    assert isinstance(action, WriteStatus)
    assert action.status.phase == "Done"


def test_a_job_in_a_queue_is_never_paused_or_resumed_but_deleted_and_made_anew() -> None:
    job = a_job(active=1, ready=1, **IN_QUEUE)
    assert decide(a_task(HELD, RUNNING), job) == DeleteJob(job)
    going = a_job(active=1, deletionTimestamp=STARTED, **IN_QUEUE)
    assert phase_written(a_task(HELD, RUNNING), going) == "Suspended"
    assert decide(a_task(status=SUSPENDED), going) == Settle()
    assert isinstance(decide(a_task(status=SUSPENDED)), CreateJob)


@pytest.mark.parametrize("suspend", [True, False])
def test_what_kueue_does_to_a_job_is_left_alone(*, suspend: bool) -> None:
    job = a_job(suspend=suspend, created="2026-01-01T11:59:50Z", **IN_QUEUE)
    assert not isinstance(decide(a_task(status=a_status("Queued")), job), SuspendJob)


def test_suspend_changes_nothing_for_a_finished_task_but_is_taken_notice_of() -> None:
    task = a_task(HELD, a_status("Done", trainedModelId="m"), generation=2)
    action = decide(task)
    assert isinstance(action, WriteStatus)
    assert (action.status.phase, action.status.observed_generation) == ("Done", 2)
    assert action.status.as_json()["trainedModelId"] == "m"
    assert {c.observed_generation for c in action.status.conditions} == {2}
    assert decide(a_task(HELD, action.status.as_json(), generation=2)) == Settle()
