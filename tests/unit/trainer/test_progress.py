"""Progress lines: how many, and what they say."""

import json

import pytest

from sbert_api.result import parse_progress_line
from sbert_api.v1alpha1.training_status import Progress
from sbert_trainer.progress import ProgressReport, bar


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def report(clock: Clock, *, steps: int = 10, show_bar: bool = False) -> ProgressReport:
    return ProgressReport(steps, epochs=2, triplets=40, show_bar=show_bar, clock=clock)


def lines(capsys: pytest.CaptureFixture[str]) -> list[Progress]:
    found = [parse_progress_line(line) for line in capsys.readouterr().out.splitlines()]
    assert None not in found
    return [progress for progress in found if progress]


def test_at_most_a_line_a_second_is_written_and_always_the_first_and_the_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    progress = report(clock)
    progress.start()
    for step in range(1, 11):
        clock.now += 0.4
        progress.step(step, loss=1.0)
    assert [line.step for line in lines(capsys)] == [0, 3, 6, 9, 10]


def test_a_line_says_how_far_how_fast_and_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    progress = report(clock)
    progress.start()
    progress.step(1, loss=3.0)
    progress.step(2, loss=2.0)
    clock.now += 4
    progress.step(4, loss=1.0)
    assert lines(capsys)[-1] == Progress(
        percentage=40,
        summary="40%",
        step=4,
        total_steps=10,
        epoch=0.8,
        loss=2.0,
        samples_per_second=8.0,
        estimated_remaining_seconds=6.0,
    )


def test_after_a_resume_speed_and_time_left_are_those_of_this_attempt(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    progress = report(clock)
    progress.start(step=6)
    clock.now += 4
    progress.step(8, loss=1.0)
    first, last = lines(capsys)
    assert (first.step, first.percentage, first.estimated_remaining_seconds) == (6, 60, None)
    assert (last.step, last.percentage) == (8, 80)
    assert (last.samples_per_second, last.estimated_remaining_seconds) == (4.0, 4.0)


def test_a_run_that_stopped_early_is_done_with_the_steps_it_took(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    progress = report(clock)
    progress.start()
    clock.now += 1
    progress.step(4, loss=1.0)
    progress.end(4)
    last = lines(capsys)[-1]
    assert (last.step, last.total_steps, last.percentage, last.epoch) == (4, 4, 100, 0.8)


def test_the_percentage_is_rounded_down(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    progress = report(clock, steps=1000)
    progress.start()
    clock.now += 1
    progress.step(999, loss=1.0)
    assert lines(capsys)[-1].percentage == 99


def test_each_line_is_one_event(capsys: pytest.CaptureFixture[str]) -> None:
    report(Clock()).start()
    assert json.loads(capsys.readouterr().out)["event"] == "progress"


@pytest.mark.parametrize("show_bar", [True, False])
def test_the_bar_is_shown_on_standard_error_only_if_wanted(
    capsys: pytest.CaptureFixture[str], *, show_bar: bool
) -> None:
    report(Clock(), show_bar=show_bar).start()
    assert ("step 0/10" in capsys.readouterr().err) == show_bar


def test_the_bar_grows_with_the_steps() -> None:
    half = Progress(
        percentage=50, step=5, total_steps=10, epoch=1, loss=0.5, estimated_remaining_seconds=7
    )
    assert bar(half) == ("[###############...............]  50%  step 5/10  loss 0.5000  7 s left")
