"""The end of a training that goes wrong: the first bad number, a training that stops half-way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from sbert_trainer.arguments import build_arguments
from sbert_trainer.device import Device
from sbert_trainer.errors import NonFiniteLossError
from sbert_trainer.fitting import TripletTrainer, UnfinishedTrainingError, fit, triplet_dataset
from sbert_trainer.model import load_model
from sbert_trainer.non_finite import StopAtNonFinite
from sbert_trainer.prepare import Volumes
from sbert_trainer.publish import save_model
from sbert_trainer.validation.rows import Triplet
from tests.trainer.runs import some_rows
from tests.unit.trainer.builders import a_spec

ROWS = [Triplet(**row) for row in some_rows(40)]


class BreakingLoss(nn.Module):
    """A loss that becomes bad at a step: the loss itself, or only its gradient."""

    def __init__(self, weight: nn.Parameter, breaks: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.weight = weight
        self.breaks = breaks
        self.calls = 0

    def forward(self, features: object, labels: object) -> Tensor:
        self.calls += 1
        mean = self.weight.mean()
        return self.breaks(mean) if self.calls == 3 else mean


class StopHalfWay(TrainerCallback):
    """Does what some signal handlers do: the library's train() then returns as if all were well."""

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        control.should_training_stop = state.global_step == 2


def trainer(
    volumes: Volumes, folder: Path, loss: Callable[[Tensor], Tensor], *callbacks: TrainerCallback
) -> TripletTrainer:
    model = load_model(volumes.models / "base", "cpu")
    return TripletTrainer(
        model=model,
        args=build_arguments(a_spec(), Device("cpu", "cpu"), folder),
        train_dataset=triplet_dataset(ROWS),
        loss=BreakingLoss(next(model.parameters()), loss),
        callbacks=list(callbacks),
    )


@pytest.mark.parametrize(
    ("breaks", "words"),
    [
        (lambda mean: mean * float("nan"), "step 3 of 5: the loss is nan"),
        (lambda mean: mean * float("inf"), "step 3 of 5: the loss is "),
        (
            lambda mean: torch.sqrt(mean - mean),
            "step 3 of 5: the gradient norm is nan, expected a finite number",
        ),
    ],
    ids=["NaN", "infinity", "gradient"],
)
def test_the_first_bad_number_ends_the_training(
    volumes: Volumes, tmp_path: Path, breaks: Callable[[Tensor], Tensor], words: str
) -> None:
    running = trainer(volumes, tmp_path, breaks, StopAtNonFinite())
    with pytest.raises(NonFiniteLossError, match=words):
        fit(running, 5)
    assert running.state.global_step == 3


def test_weights_that_overflow_behind_finite_losses_end_the_training(
    volumes: Volumes, tmp_path: Path
) -> None:
    """As a step with a far too high learning rate leaves them."""
    running = trainer(volumes, tmp_path, lambda mean: mean, StopAtNonFinite())

    class Overflow(TrainerCallback):
        def on_step_end(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
        ) -> None:
            if state.global_step == 2:
                list(running.model.parameters())[-1].data[0] = float("inf")

    running.add_callback(Overflow())
    with pytest.raises(NonFiniteLossError, match=r"step 2 of 5: weight \S+ holds NaN or infinity"):
        fit(running, 5)


def test_a_training_that_returns_half_way_is_no_success(volumes: Volumes, tmp_path: Path) -> None:
    running = trainer(volumes, tmp_path, lambda mean: mean, StopHalfWay())
    with pytest.raises(UnfinishedTrainingError, match="2 steps were run, expected 5"):
        fit(running, 5)


def test_nothing_is_written_by_the_library(volumes: Volumes, tmp_path: Path) -> None:
    fit(trainer(volumes, tmp_path / "out", lambda mean: mean), 5)
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert written == []


def test_weights_that_are_not_finite_are_never_saved(volumes: Volumes, tmp_path: Path) -> None:
    model = load_model(volumes.models / "base", "cpu")
    with torch.no_grad():
        next(model.parameters())[0, 0] = float("nan")
    with pytest.raises(NonFiniteLossError, match="is no longer finite after the training"):
        save_model(model, tmp_path / "model")
    assert not (tmp_path / "model").exists()
