"""Loading a model: what is the model's fault, and what the volume's or the GPU's."""

from pathlib import Path
from typing import Any, cast

import pytest
import torch
from sentence_transformers import SentenceTransformer

from sbert_trainer.device import Device
from sbert_trainer.errors import GpuOutOfMemoryError, StorageError
from sbert_trainer.model import load_model
from sbert_trainer.outcome import as_trainer_error
from sbert_trainer.prepare import Volumes
from sbert_trainer.publish import check_loads, save_model
from tests.trainer.runs import run

READS_WITH_EIO = Path("/proc/self/mem")
"""A regular file whose first byte cannot be read: the kernel answers with EIO."""


@pytest.mark.parametrize("name", ["modules.json", "config.json", "1_Pooling/config.json"])
def test_a_volume_that_cannot_be_read_is_not_the_model_s_fault(volumes: Volumes, name: str) -> None:
    path = volumes.models / "base" / name
    path.unlink()
    path.symlink_to(READS_WITH_EIO)
    with pytest.raises(OSError, match="Input/output error") as caught:
        load_model(volumes.models / "base", "cpu")
    assert isinstance(as_trainer_error(caught.value, volumes.models), StorageError)


def test_a_model_that_does_not_fit_the_gpu_is_not_the_model_s_fault(
    volumes: Volumes, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = SentenceTransformer.to

    def full(self: SentenceTransformer, device: str, *rest: Any) -> SentenceTransformer:
        if device == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return move(self, device, *rest)

    monkeypatch.setattr(SentenceTransformer, "to", full)
    monkeypatch.setattr("sbert_trainer.train.choose_device", lambda _: Device("cuda", "a GPU"))
    with pytest.raises(GpuOutOfMemoryError):
        run(volumes)


class OnGpu:
    """A trained model as it is on a GPU, but that its embeddings are computed by `model`."""

    device = torch.device("cuda")

    def __init__(self, model: SentenceTransformer) -> None:
        self.encode = model.encode


def test_the_saved_model_is_loaded_onto_the_cpu_beside_the_trained_one(
    volumes: Volumes, tmp_path: Path
) -> None:
    model = load_model(volumes.models / "base", "cpu")
    save_model(model, tmp_path / "saved")
    check_loads(cast(SentenceTransformer, OnGpu(model)), tmp_path / "saved")


def test_a_saved_model_that_encodes_other_than_the_trained_one_is_noticed(
    volumes: Volumes, tmp_path: Path
) -> None:
    model = load_model(volumes.models / "base", "cpu")
    save_model(model, tmp_path / "saved")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter))
    with pytest.raises(StorageError, match="the saved model encodes other than the trained one"):
        check_loads(model, tmp_path / "saved")
