"""Trainings by the packed pass and in buckets against the library's own, on the same rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer
from torch import Tensor
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from sbert_api.v1alpha1.training_task import Loss
from sbert_trainer import embedding, fitting
from sbert_trainer.arguments import build_arguments
from sbert_trainer.device import Device
from sbert_trainer.fitting import TripletTrainer, triplet_dataset
from sbert_trainer.losses import build_loss
from sbert_trainer.optimizers import build_optimizer
from sbert_trainer.prepare import Volumes
from sbert_trainer.schedulers import build_scheduler
from sbert_trainer.validation.rows import Triplet
from tests.trainer.families import BUCKETED, PACKED, make_model, texts, without_dropout
from tests.trainer.runs import run, weights
from tests.unit.trainer.builders import a_spec

STEPS = 20
ROWS = [Triplet(*row) for row in zip(*(texts(160, seed=seed) for seed in (1, 2, 3)), strict=True)]
LOSSES: tuple[Loss, ...] = get_args(Loss)


class Recording(TrainerCallback):
    """Keeps what the library logs of each step."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.norms: list[float] = []

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **named: Any,
    ) -> None:
        logs = named["logs"]
        if "loss" in logs:
            self.losses.append(logs["loss"])
            self.norms.append(logs["grad_norm"])


def fitted(
    make_trainer: Callable[..., SentenceTransformerTrainer],
    model: SentenceTransformer,
    loss: Loss,
    folder: Path,
) -> Recording:
    """Train `model` in place for STEPS steps."""
    spec = a_spec(loss=loss, learningRate=1e-3)
    optimizer = build_optimizer(model, spec)
    recording = Recording()
    make_trainer(
        model=model,
        args=build_arguments(spec, Device("cpu", "cpu"), folder),
        train_dataset=triplet_dataset(ROWS),
        loss=build_loss(model, spec),
        callbacks=[recording],
        optimizers=(optimizer, build_scheduler(optimizer, spec, STEPS)),
    ).train()
    assert len(recording.losses) == STEPS
    return recording


def packed_trainer(**library: Any) -> TripletTrainer:
    return TripletTrainer(packed=True, **library)


def stock_trainer(**library: Any) -> TripletTrainer:
    return TripletTrainer(packed=False, **library)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("family", [*PACKED, *BUCKETED])
def test_without_dropout_the_losses_equal_the_library_s(
    tmp_path: Path, family: str, loss: Loss
) -> None:
    ours, theirs = (
        fitted(trainer, without_dropout(make_model(tmp_path / "model", family)), loss, tmp_path)
        for trainer in (packed_trainer, SentenceTransformerTrainer)
    )
    assert ours.losses == pytest.approx(theirs.losses, abs=1e-5)
    assert ours.norms == pytest.approx(theirs.norms, rel=1e-3)
    assert len(set(theirs.losses)) == STEPS, "the losses do not depend on the step"


@pytest.mark.parametrize("loss", LOSSES)
def test_stock_is_the_library_s_own_way_to_the_last_bit(tmp_path: Path, loss: Loss) -> None:
    """With dropout: not even its random numbers are others."""
    ours, theirs, packed = (make_model(tmp_path / "model", "BERT") for _ in range(3))
    fitted(stock_trainer, ours, loss, tmp_path)
    fitted(SentenceTransformerTrainer, theirs, loss, tmp_path)
    fitted(packed_trainer, packed, loss, tmp_path)
    assert_same(ours.state_dict(), theirs.state_dict())
    with pytest.raises(AssertionError):
        assert_same(packed.state_dict(), theirs.state_dict())


@pytest.mark.parametrize(
    ("family", "loss"),
    [("MPNet", "TripletLoss"), *(("BERT", loss) for loss in LOSSES)],
)
def test_the_same_seed_gives_the_same_model_to_the_last_bit(
    tmp_path: Path, family: str, loss: Loss
) -> None:
    one, other = (make_model(tmp_path / "model", family) for _ in range(2))
    for model in (one, other):
        fitted(packed_trainer, model, loss, tmp_path)
    assert_same(one.state_dict(), other.state_dict())


def assert_same(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    assert all(torch.equal(tensor, other[name]) for name, tensor in one.items())


@pytest.mark.parametrize("loss", LOSSES)
def test_the_switch_to_stock_is_heeded_in_training_and_evaluation(
    volumes: Volumes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    loss: Loss,
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("not the library's own way")

    monkeypatch.setattr(embedding, "embed", refuse)
    monkeypatch.setattr(fitting, "embed", refuse)
    run(volumes, loss=loss, forwardPass="Stock")
    assert "(forwardPass: Stock, device: cpu)" in capsys.readouterr().err
    with pytest.raises(AssertionError, match="not the library"):
        run(volumes, loss=loss, outputPath="other")


@pytest.mark.parametrize("loss", LOSSES)
def test_the_published_model_has_the_structure_of_a_stock_one(volumes: Volumes, loss: Loss) -> None:
    folders = {}
    for way in ("Packed", "Stock"):
        result = run(volumes, loss=loss, forwardPass=way, outputPath=way.lower())
        folders[way] = volumes.models / result.model_id
    contents = [structure(folder) for folder in folders.values()]
    assert contents[0] == contents[1]
    shapes = [
        {name: (tensor.shape, tensor.dtype) for name, tensor in weights(folder).items()}
        for folder in folders.values()
    ]
    assert shapes[0] == shapes[1]


def structure(folder: Path) -> dict[str, bytes]:
    """The files from which the library builds the model, besides its weights."""
    of_a_run = {"MANIFEST.json"}
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*.json")
        if path.name not in of_a_run
    }
