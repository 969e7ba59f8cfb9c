"""training_log.jsonl: what is written, when, and what is left of it after an interruption."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from sbert_trainer.training_log import TrainingLog, read_log
from tests.unit.trainer.builders import a_task
from tests.unit.trainer.test_progress import Clock
from tests.unit.trainer.test_published import some_scores

LOGS = {"loss": 0.123456789, "learning_rate": 2e-5, "grad_norm": 1.5}


def a_log(folder: Path, total_steps: int = 20, clock: Clock | None = None) -> TrainingLog:
    """A log that was begun."""
    log = TrainingLog(folder / "log", total_steps, clock or Clock())
    log.begin(a_task(), some_scores(0.8))
    return log


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_it_says_what_is_trained_and_what_every_step_yielded(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.step(1, 0.05, LOGS)
    log.evaluation(1, some_scores(0.9))
    assert log.size() == log.path.stat().st_size
    run, *rest = lines(log.path)
    assert run["run"]["totalSteps"] == 20
    assert run["run"]["runKey"] == a_task().run_key
    assert rest == [
        {"step": 0, "evaluation": some_scores(0.8).as_json()},
        {"step": 1, "epoch": 0.05, "loss": 0.123457, "learningRate": 2e-5, "gradNorm": 1.5},
        {"step": 1, "evaluation": some_scores(0.9).as_json()},
    ]
    history = read_log(log.path)
    assert [line["step"] for line in history.evaluations] == [0, 1]
    assert [line["loss"] for line in history.steps] == [0.123457]


@pytest.mark.parametrize("norm", [math.nan, math.inf, None])
def test_what_is_no_number_is_null_so_that_every_line_is_json(
    tmp_path: Path, norm: float | None
) -> None:
    log = a_log(tmp_path)
    log.step(1, 0.05, LOGS if norm is None else {**LOGS, "grad_norm": norm})
    log.step(2, 0.1, {"loss": 1.0})
    log.size()
    assert lines(log.path)[-1]["gradNorm"] is None
    assert "NaN" not in log.path.read_text()
    assert "Infinity" not in log.path.read_text()


@pytest.mark.parametrize(("total", "logged"), [(10_000, 10_000), (10_001, 5_002), (30_000, 10_001)])
def test_a_long_run_is_thinned_out_but_for_its_first_and_last_step(
    tmp_path: Path, total: int, logged: int
) -> None:
    log = a_log(tmp_path, total)
    for step in range(1, total + 1):
        log.step(step, step / total, LOGS)
    log.size()
    steps = [line["step"] for line in read_log(log.path).steps]
    assert len(steps) == logged
    assert (steps[0], steps[-1]) == (1, total)


def test_what_came_after_a_checkpoint_never_happened(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.step(1, 0.05, LOGS)
    size = log.size()
    log.step(2, 0.1, LOGS)
    log.size()

    later = TrainingLog(log.path, 20, Clock())
    later.cut(size)
    later.step(2, 0.1, {**LOGS, "loss": 7.0})
    later.size()
    assert [line["loss"] for line in read_log(log.path).steps] == [0.123457, 7.0]


def test_steps_of_one_second_are_written_at_once_after_it(tmp_path: Path) -> None:
    clock = Clock()
    log = a_log(tmp_path, clock=clock)
    log.step(1, 0.05, LOGS)
    clock.now += 0.5
    log.step(2, 0.1, LOGS)
    assert read_log(log.path).steps == []
    clock.now += 0.6
    log.step(3, 0.15, LOGS)
    assert [line["step"] for line in read_log(log.path).steps] == [1, 2, 3]


def test_the_published_log_is_whole(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.step(1, 0.05, LOGS)
    model = tmp_path / "model"
    model.mkdir()
    log.save(model)
    assert [line["step"] for line in read_log(model / "training_log.jsonl").steps] == [1]
