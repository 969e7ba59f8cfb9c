"""Learning rates over a run, against the formulas."""

import math
from collections.abc import Callable
from typing import get_args

import pytest
import torch

from sbert_api.v1alpha1.training_task import Scheduler
from sbert_trainer.schedulers import build_scheduler
from tests.unit.trainer.builders import a_spec

STEPS, WARMUP, EPOCHS = 12, 2, 2

# Progress after the warm-up, 0 to 1, to the share of the learning rate.
AFTER_WARMUP: dict[Scheduler, Callable[[float], float]] = {
    "constantlr": lambda _: 1,
    "warmupconstant": lambda _: 1,
    "warmuplinear": lambda done: 1 - done,
    "warmupcosine": lambda done: (1 + math.cos(math.pi * done)) / 2,
    "warmupcosinewithhardrestarts": lambda done: (1 + math.cos(math.pi * (done * EPOCHS % 1))) / 2,
}


def rates(name: Scheduler, warmup: int) -> list[float]:
    """The learning rate of each step."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    spec = a_spec(scheduler=name, warmupSteps=warmup, epochs=EPOCHS)
    schedule = build_scheduler(optimizer, spec, STEPS)
    found = []
    for _ in range(STEPS):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def test_every_scheduler_of_the_api_is_in_the_table() -> None:
    assert set(AFTER_WARMUP) == set(get_args(Scheduler))


@pytest.mark.parametrize("name", AFTER_WARMUP)
@pytest.mark.parametrize("warmup", [0, WARMUP])
def test_the_rate_rises_in_the_warm_up_and_then_follows_its_curve(
    name: Scheduler, warmup: int
) -> None:
    expected = [
        step / warmup if step < warmup else AFTER_WARMUP[name]((step - warmup) / (STEPS - warmup))
        for step in range(STEPS)
    ]
    assert rates(name, warmup) == pytest.approx(expected)
