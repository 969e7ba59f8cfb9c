"""A status says the whole truth, and its patch changes exactly what differs."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbert_api.result import Published
from sbert_api.v1alpha1.training_status import Failure, TrainingTaskStatus
from sbert_operator import status, times
from sbert_operator.merge_patch import merge_patch
from sbert_operator.observed import Observed
from tests.unit.operator.builders import (
    ENDED,
    NOW,
    PUBLISHED,
    STARTED,
    a_job,
    a_pod,
    a_progress,
    a_status,
    a_task,
)
from tests.unit.operator.rfc7386 import merged

FAILURE = Failure(reason="Crashed", message="exit code 139", hint="read the log")


CONDITIONS = ["Complete", "Failed", "Running", "Suspended", "Validated"]
TASK = a_task(status=a_status("Queued"))


def true_conditions(found: TrainingTaskStatus) -> list[str]:
    return [c.type for c in found.conditions if c.status == "True"]


def every_status() -> dict[str, TrainingTaskStatus]:
    seen = Observed(a_task(status=a_status("Queued"), generation=3), pods=(a_pod(),))
    published = Published.model_validate(PUBLISHED)
    return {
        "Queued": status.queued(seen, a_job(active=1), NOW),
        "Running": status.running(seen, a_job(active=1, ready=1), NOW),
        "Done": status.done(seen, a_job(end="Complete"), published, NOW),
        "Failed": status.failed(seen, FAILURE, NOW, a_job(end="Failed")),
        "Suspended": status.suspended(seen, NOW),
    }


@pytest.mark.parametrize(
    ("phase", "true"),
    [
        ("Queued", []),
        ("Running", ["Running"]),
        ("Done", ["Complete", "Validated"]),
        ("Failed", ["Failed"]),
        ("Suspended", ["Suspended"]),
    ],
)
def test_every_status_has_all_conditions_about_its_generation(phase: str, true: list[str]) -> None:
    found = every_status()[phase]
    assert [c.type for c in found.conditions] == CONDITIONS
    assert {c.observed_generation for c in found.conditions} == {3}
    assert true_conditions(found) == true
    assert found.phase == phase


def test_a_conditions_time_moves_only_with_its_status() -> None:
    task = a_task(status=a_status("Queued"))
    found = status.running(Observed(task), a_job(active=1, ready=1), NOW)
    moved = {c.type for c in found.conditions if c.last_transition_time == times.as_text(NOW)}
    assert moved == {"Running", "Validated"}  # the second one was not there before


def test_conditions_of_other_types_are_not_kept() -> None:
    stranger = {**a_status("Queued")["conditions"][0], "type": "Evil"}
    task = a_task(status=a_status("Queued", conditions=[stranger]))
    found = status.queued(Observed(task), a_job(), NOW)
    assert [c.type for c in found.conditions] == CONDITIONS


def test_start_is_the_first_attempts_and_never_moves() -> None:
    pods = (a_pod(started="2026-01-01T10:00:10Z"), a_pod(started="2026-01-01T10:20:00Z"))
    first = status.running(Observed(TASK, pods=pods), a_job(active=1, ready=1), NOW)
    assert first.start_time == "2026-01-01T10:00:10Z"
    task = a_task(status=a_status("Running", startTime=STARTED))
    assert status.running(Observed(task, pods=pods), a_job(), NOW).start_time == STARTED


@pytest.mark.parametrize(
    ("start", "job", "end"),
    [
        pytest.param(STARTED, a_job(end="Failed"), ENDED, id="the Job's own time"),
        pytest.param(
            "2026-01-01T11:59:00Z", a_job(end="Failed"), "2026-01-01T11:59:00Z", id="skew"
        ),
        pytest.param(STARTED, None, times.as_text(NOW), id="no Job: now"),
    ],
)
def test_the_end_is_the_jobs_and_never_before_the_start(start: str, job: Any, end: str) -> None:
    task = a_task(status=a_status("Running", startTime=start))
    assert status.failed(Observed(task), FAILURE, NOW, job).end_date == end


def test_a_task_that_never_started_has_an_end_and_no_start() -> None:
    found = status.failed(Observed(TASK), FAILURE, NOW, None)
    assert (found.start_time, found.end_date) == (None, times.as_text(NOW))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0 s"),
        (89.4, "89 s"),
        (840.0, "14 min"),
        (5399.0, "1 h 30 min"),
        (12_000.0, "3 h 20 min"),
    ],
)
def test_time_left_is_told_as_people_do(seconds: float, words: str) -> None:
    progress = a_progress(estimatedRemainingSeconds=seconds)
    found = status.running(Observed(TASK, progress=progress), a_job(ready=1), NOW)
    assert found.message.endswith(f"about {words} left")


def test_a_done_task_shows_the_last_progress() -> None:
    seen = Observed(TASK, progress=a_progress(100, summary="100%"))
    published = Published.model_validate(PUBLISHED)
    found = status.done(seen, a_job(end="Complete"), published, NOW)
    assert found.progress == seen.progress


def test_a_done_task_shows_the_progress_that_came_with_the_result() -> None:
    seen = Observed(TASK, progress=a_progress(97))
    last = a_progress(100, summary="all of it").as_json()
    published = Published.model_validate({**PUBLISHED, "progress": last})
    found = status.done(seen, a_job(end="Complete"), published, NOW)
    shown = {**last, "summary": "100%", "lastUpdatedTime": times.as_text(NOW)}
    assert found.progress
    assert found.progress.as_json() == shown


def test_what_a_pod_says_of_its_data_is_fit_to_be_shown() -> None:
    warnings = ["\x1b[31mred\nline 2", "left \u202eright", "x" * 512, "\x1b"]
    facts = {**PUBLISHED["data"], "warnings": warnings, "validationDataset": "data\x1b[2J\nfaq"}
    published = Published.model_validate({**PUBLISHED, "data": facts})
    found = status.done(Observed(TASK), a_job(end="Complete"), published, NOW)
    assert found.data
    assert found.data.warnings == ["[31mred line 2", "left right", "x" * 512]
    assert found.data.validation_dataset == "data[2J faq"
    assert found.data.train_rows == 90


def test_the_error_message_is_one_line() -> None:
    failure = FAILURE.model_copy(update={"message": "a\nb\tc"})
    found = status.failed(Observed(TASK), failure, NOW, None)
    assert found.error_msg == "Crashed: a b c"


@pytest.mark.parametrize(
    ("wanted", "stored", "patch"),
    [
        pytest.param({}, {}, {}, id="nothing"),
        pytest.param({"a": 1}, {"a": 1}, {}, id="equal"),
        pytest.param({"a": 1}, {"a": 1.0}, {}, id="a number stored as another type"),
        pytest.param({"a": 2}, {"a": 1}, {"a": 2}, id="changed"),
        pytest.param({}, {"a": 1}, {"a": None}, id="gone: null"),
        pytest.param({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": None}}, id="nested"),
        pytest.param({"a": {"b": 1}}, {"a": 7}, {"a": {"b": 1}}, id="another type"),
        pytest.param({"a": [1]}, {"a": [2, 3]}, {"a": [1]}, id="lists are sent whole"),
    ],
)
def test_a_patch_holds_what_differs(
    wanted: dict[str, Any], stored: dict[str, Any], patch: dict[str, Any]
) -> None:
    assert merge_patch(wanted, stored) == patch


LEAF = st.one_of(st.integers(), st.text(max_size=3), st.booleans(), st.lists(st.integers()))
TREE = st.recursive(
    st.dictionaries(st.sampled_from("abcd"), LEAF),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), st.one_of(LEAF, inner)),
)


@given(TREE, TREE)
def test_a_patch_makes_what_is_stored_equal_to_what_is_wanted(
    wanted: dict[str, Any], stored: dict[str, Any]
) -> None:
    assert merged(stored, merge_patch(wanted, stored)) == wanted


def test_a_start_in_the_future_was_not_written_by_an_operator() -> None:
    future = times.as_text(NOW + timedelta(days=1))
    task = a_task(status=a_status("Running", startTime=future))
    found = status.running(Observed(task, pods=(a_pod(),)), a_job(active=1, ready=1), NOW)
    assert found.start_time == STARTED
