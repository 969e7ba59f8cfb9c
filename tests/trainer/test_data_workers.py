"""Processes that prepare batches and hang or die are found, named, and ended."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from torch.utils.data import DataLoader, Dataset

from sbert_trainer.arguments import build_arguments
from sbert_trainer.data_workers import PATIENCE_SECONDS, data_worker_error, limit_patience
from sbert_trainer.device import Device
from sbert_trainer.fitting import TripletTrainer, triplet_dataset
from sbert_trainer.losses import build_loss
from sbert_trainer.model import load_model
from sbert_trainer.prepare import Volumes
from sbert_trainer.validation.rows import Triplet
from tests.trainer.runs import some_rows
from tests.unit.trainer.builders import a_spec


def hang() -> None:
    signal.pause()


def die() -> None:
    os._exit(1)


class Rows(Dataset[int]):
    """Rows that never come."""

    def __init__(self, instead: Callable[[], None]) -> None:
        self.instead = instead

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> int:
        self.instead()
        return index


@pytest.mark.parametrize(
    ("instead", "words"), [(hang, "DataLoader timed out after"), (die, "DataLoader worker (pid")]
)
def test_a_worker_that_makes_no_batches_is_named_and_none_is_left(
    instead: Callable[[], None], words: str
) -> None:
    loader: DataLoader[object] = DataLoader(Rows(instead), num_workers=2)
    limit_patience(loader, 1.0)
    with pytest.raises(RuntimeError) as caught:
        next(iter(loader))
    error = data_worker_error(caught.value)
    assert error is not None
    assert error.message.startswith(
        f"the processes of dataloaderNumWorkers make no batches: {words}"
    )
    assert error.hint.startswith("Set dataloaderNumWorkers to 0")
    for worker in multiprocessing.active_children():
        worker.join(10)
    assert multiprocessing.active_children() == []


def test_any_other_error_is_not_explained_by_workers() -> None:
    assert data_worker_error(RuntimeError("shapes do not match")) is None


@pytest.mark.parametrize(("workers", "seconds"), [(2, PATIENCE_SECONDS), (0, 0)])
def test_the_training_waits_so_long_for_a_batch(
    volumes: Volumes, tmp_path: Path, workers: int, seconds: float
) -> None:
    spec = a_spec(dataloaderNumWorkers=workers)
    model = load_model(volumes.models / "base", "cpu")
    trainer = TripletTrainer(
        model=model,
        args=build_arguments(spec, Device("cpu", "cpu"), tmp_path),
        train_dataset=triplet_dataset([Triplet(**row) for row in some_rows(8)]),
        loss=build_loss(model, spec),
    )
    loader = trainer.get_train_dataloader()
    assert (loader.num_workers, loader.timeout) == (workers, seconds)
