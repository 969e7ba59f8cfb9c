"""What a run has used: from one status to the next, by the time that phases lasted.

The phase of `a_status` began at 10:00:30.
"""

from typing import Any

import pytest

from sbert_api.v1alpha1.training_status import TrainingTaskStatus
from sbert_operator import times
from sbert_operator.usage import usage_after
from tests.unit.operator.builders import a_status

USED = {"queuedSeconds": 5.0, "trainingSeconds": 7.0, "gpuSeconds": 14.0}


def at(moment: str) -> Any:
    return times.parse(f"2026-01-01T{moment}Z")


@pytest.mark.parametrize(
    ("before", "after", "started", "used"),
    [
        pytest.param("Queued", "Queued", None, (5, 7, 14), id="the phase goes on"),
        pytest.param("Queued", "Running", None, (65, 7, 14), id="waited a minute"),
        pytest.param("Running", "Done", None, (5, 67, 134), id="trained a minute on two GPUs"),
        pytest.param("Running", "Suspended", None, (5, 67, 134), id="until it was suspended"),
        pytest.param("Suspended", "Queued", None, (5, 7, 14), id="suspension counts for nothing"),
        pytest.param("Queued", "Failed", None, (65, 7, 14), id="never started"),
        pytest.param("Queued", "Done", "10:00:50", (25, 47, 94), id="over before it was seen"),
    ],
)
def test_a_phase_is_counted_when_it_ends(
    before: Any, after: Any, started: str | None, used: tuple[float, float, float]
) -> None:
    status = TrainingTaskStatus.model_validate(a_status(before, usage=USED))
    found = usage_after(status, after, at(started) if started else None, at("10:01:30"), 2)
    assert (found.queued_seconds, found.training_seconds, found.gpu_seconds) == used


def test_a_run_that_begins_has_used_nothing() -> None:
    found = usage_after(TrainingTaskStatus(), "Queued", None, at("10:00:00"), 1)
    assert (found.queued_seconds, found.training_seconds, found.gpu_seconds) == (0, 0, 0)


def test_a_clock_that_went_back_takes_nothing_away() -> None:
    status = TrainingTaskStatus.model_validate(a_status("Running", usage=USED))
    assert usage_after(status, "Done", None, at("09:00:00"), 2).training_seconds == 7
