"""What is remembered of manifests, whatever somebody wrote into them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbert_api.v1alpha1.training_status import TrainingTaskStatus
from sbert_operator.reading import is_controlled_by, pod_of, readable
from tests.unit.operator.builders import (
    MODEL_ID,
    UID,
    a_job,
    a_pod,
    a_status,
    a_task,
    job_manifest,
)

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(["phase", "run", "conditions", "startTime", "progress", "failure", "x"])


@given(status=st.dictionaries(FIELDS, JSON))
def test_any_status_can_be_read(status: dict[str, Any]) -> None:
    assert a_task(status=status).status.phase in ("Queued", "Running", "Done", "Failed")


@given(spec=st.dictionaries(st.text(max_size=5), JSON))
def test_any_spec_is_read_or_explained(spec: dict[str, Any]) -> None:
    task = a_task(spec)
    assert (task.spec is None) == bool(task.invalid)


def test_a_field_that_cannot_be_understood_does_not_hide_the_others() -> None:
    status = readable({**a_status("Running"), "progress": "lots", "unknown": 1}, TrainingTaskStatus)
    assert status.phase == "Running"
    assert status.run
    assert status.progress is None


@pytest.mark.parametrize(
    ("status", "finished"),
    [
        (None, False),
        ({}, False),
        (a_status("Queued"), False),
        (a_status("Running"), False),
        (a_status("Done"), True),
        (a_status("Failed"), True),
        ({"phase": "Done", "trainedModelId": "x"}, False),
    ],
    ids=["none", "empty", "queued", "running", "done", "failed", "phase alone is nothing"],
)
def test_conditions_tell_whether_a_task_is_finished(status: object, finished: bool) -> None:
    assert a_task(status=status).finished is finished


def test_a_finished_task_keeps_only_its_phase() -> None:
    task = a_task(status=a_status("Done"))
    assert (task.phase, task.spec, task.raw_status) == ("Done", None, {})


@pytest.mark.parametrize(
    ("counts", "attempts"),
    [
        ({}, 0),
        ({"active": 1}, 1),
        ({"active": 1, "failed": 2}, 3),
        ({"failed": 1, "uncountedTerminatedPods": {"failed": ["u"]}}, 2),
        ({"succeeded": 1, "failed": 1}, 2),
        ({"active": None}, 0),
    ],
    ids=str,
)
def test_attempts_are_all_pods_that_were_started(counts: dict[str, Any], attempts: int) -> None:
    assert a_job(**counts).attempts == attempts


@pytest.mark.parametrize("early", ["SuccessCriteriaMet", "FailureTarget", "Suspended"])
def test_only_complete_and_failed_end_a_job(early: str) -> None:
    assert a_job(end=early).end == ""
    assert a_job(end="Complete").end == "Complete"


def test_the_job_carries_its_model_id_and_owner() -> None:
    job = a_job()
    assert (job.model_id, job.owner_uid, job.owner_name) == (MODEL_ID, UID, "faq")


def test_only_the_controlling_owner_counts_and_only_by_uid() -> None:
    manifest = job_manifest()
    assert is_controlled_by(manifest, UID)
    assert not is_controlled_by(manifest, "another")
    manifest["metadata"]["ownerReferences"][0]["controller"] = False
    assert not is_controlled_by(manifest, UID)


def test_the_training_container_is_looked_at_not_its_neighbours() -> None:
    pod = a_pod(exit_code=15, message="m")
    assert (pod.exit_code, pod.message) == (15, "m")


def test_a_pod_without_any_status_is_an_attempt_that_tells_nothing() -> None:
    pod = pod_of({"metadata": {"name": "p"}})
    assert (pod.exit_code, pod.message, pod.started) == (None, "", None)
