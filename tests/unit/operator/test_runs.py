"""When a new run starts: on a changed spec, on a new restartedAt, and on nothing else."""

from typing import Any

import pytest

from sbert_api import names
from sbert_operator.observed import Task
from sbert_operator.runs import new_run, run_key_of_job, wants_new_run
from tests.unit.operator.builders import (
    JOB_NAME,
    MODEL_ID,
    NOW,
    RUN_KEY,
    a_job,
    a_status,
    a_task,
)


def edited(spec: dict[str, Any], phase: str = "Done", **meta: Any) -> Task:
    """A task whose spec was changed after its status was written."""
    return a_task(spec, a_status(phase), generation=2, **meta)


def annotated(value: str, phase: str = "Done", known: str | None = None) -> Task:
    status = a_status(phase)
    if known:
        status["run"]["restartedAt"] = known
    return a_task(status=status, annotations={names.RESTARTED_AT_ANNOTATION: value})


@pytest.mark.parametrize("phase", ["Queued", "Running", "Suspended", "Done", "Failed"])
@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        pytest.param({"epochs": 3}, True, id="a parameter"),
        pytest.param({"trainDatasetIds": ["other"]}, True, id="the data"),
        pytest.param({"resources": {"limits": {"memory": "8Gi"}}}, True, id="the resources"),
        pytest.param({"suspend": True}, False, id="suspend"),
        pytest.param({"ttlSecondsAfterFinished": 60}, False, id="ttl"),
        pytest.param({"epochs": 1}, False, id="a default that is written out"),
        pytest.param({}, False, id="nothing that this version knows"),
        pytest.param({"epochs": 0}, True, id="to something that cannot be read"),
    ],
)
def test_a_changed_spec_asks_for_a_new_run(
    phase: str, spec: dict[str, Any], *, wanted: bool
) -> None:
    assert wants_new_run(edited(spec, phase)) is wanted


@pytest.mark.parametrize("phase", ["Running", "Done", "Failed"])
def test_a_spec_that_this_version_reads_otherwise_asks_for_nothing(phase: str) -> None:
    status = a_status(phase)
    status["run"]["specDigest"] = "what another version said"
    assert not wants_new_run(a_task(status=status))


@pytest.mark.parametrize("phase", ["Running", "Done", "Failed"])
@pytest.mark.parametrize(
    ("value", "known", "wanted"),
    [("now", None, True), ("now", "before", True), ("now", "now", False), ("", "before", False)],
    ids=["first", "again", "the same", "removed"],
)
def test_an_annotation_asks_for_a_new_run_once(
    phase: str, value: str, known: str | None, *, wanted: bool
) -> None:
    assert wants_new_run(annotated(value, phase, known)) is wanted


def test_a_task_without_a_run_asks_for_its_first() -> None:
    assert wants_new_run(a_task())
    assert not wants_new_run(a_task(status=a_status("Failed", run=None)))


def test_a_failure_before_any_run_is_left_behind_by_a_corrected_spec() -> None:
    task = a_task(status=a_status("Failed", run=None), generation=2)
    assert wants_new_run(task)


def test_a_spec_that_comes_back_has_another_key_than_before() -> None:
    keys = [new_run(a_task(generation=number), (), NOW).key for number in (1, 2, 3)]
    assert len(set(keys)) == 3


def test_a_removed_annotation_stays_part_of_the_next_key() -> None:
    """Else a sync that wipes annotations would change the key of a run that is about to begin."""
    status = a_status("Done")
    status["run"]["restartedAt"] = "now"
    asked = {names.RESTARTED_AT_ANNOTATION: "now"}
    kept, wiped = (
        a_task({"epochs": 2}, status, generation=2, annotations=annotations)
        for annotations in (asked, {})
    )
    assert new_run(kept, (), NOW).key == new_run(wiped, (), NOW).key


def test_only_the_run_that_an_annotation_asks_for_takes_no_model_of_an_identical_run() -> None:
    """A spec that changes afterwards may find its model again."""
    asked = new_run(annotated("now", known="before"), (), NOW)
    assert (asked.restarted_at, asked.restarted) == ("now", True)
    status = a_status("Done")
    status["run"]["restartedAt"] = "now"
    later = a_task(
        {"epochs": 2}, status, generation=2, annotations={names.RESTARTED_AT_ANNOTATION: "now"}
    )
    assert (new_run(later, (), NOW).restarted_at, new_run(later, (), NOW).restarted) == (
        "now",
        False,
    )


def test_the_first_models_name_tells_when_the_task_was_made_a_later_ones_when_its_run_began() -> (
    None
):
    first = new_run(a_task(), (), NOW).model_id
    assert first == "trained_models/minilm-finetuned-20260101-100000-7ef54ba0"
    later = new_run(edited({"epochs": 2}), (), NOW).model_id
    assert later == "trained_models/minilm-finetuned-20260101-120000-7ef54ba0"


def test_a_run_whose_record_was_taken_away_is_known_by_its_job() -> None:
    job = a_job(active=1)
    found = new_run(a_task(generation=5), (job,), NOW)
    assert (found.key, found.job_name, found.model_id) == (RUN_KEY, JOB_NAME, MODEL_ID)
    assert found.key == run_key_of_job(job)


def test_preflight_comes_first_where_it_is_asked_for() -> None:
    assert new_run(a_task({"preflight": True}), (), NOW).step == "Preflight"
    assert new_run(a_task({"preflight": False}), (), NOW).step == "Train"
