"""A training from task to published model, in this process."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer

from sbert_trainer.errors import (
    GpuUnavailableError,
    InvalidHyperparametersError,
    TrainingModelWeightsNotFoundError,
)
from sbert_trainer.manifest import MANIFEST, describe_files, digest_of
from sbert_trainer.prepare import Volumes
from tests.trainer.runs import distance, names, run, weights
from tests.unit.trainer.builders import a_task

MODEL_ID = a_task().model_id


def test_a_training_publishes_a_better_model_that_loads(volumes: Volumes) -> None:
    result = run(volumes, epochs=6, learningRate=5e-3)
    base, trained = result.metrics.base, result.metrics.trained
    assert trained.mrr10 > base.mrr10
    assert trained.triplet_accuracy >= base.triplet_accuracy
    model = SentenceTransformer(str(volumes.models / MODEL_ID), device="cpu")
    assert np.isfinite(model.encode(["w1x1 w1x2", "w2x1"])).all()
    assert names(volumes.models) == [".work", "base", "trained_models"]


def test_the_result_says_what_happened(volumes: Volumes) -> None:
    result = run(volumes)
    assert result.run_key == a_task().run_key
    assert result.model_id == MODEL_ID
    assert (result.data.train_rows, result.data.validation_rows) == (36, 4)
    assert result.device.startswith("cpu")


def test_the_manifest_lists_every_file_and_says_what_went_in(volumes: Volumes) -> None:
    result = run(volumes)
    folder = volumes.models / MODEL_ID
    text = (folder / MANIFEST).read_text()
    manifest = json.loads(text)
    assert digest_of(text) == result.manifest_digest
    assert set(manifest["files"]) == set(describe_files(folder))
    assert {"model.safetensors", "README.md", "modules.json"} <= set(manifest["files"])
    assert manifest["data"]["digest"] == result.data.digest
    assert manifest["baseModel"]["tag"] == "base"
    assert manifest["parameters"]["learningRate"] == 1e-3
    assert manifest["versions"]["torch"] == torch.__version__.partition("+")[0]


def test_everybody_may_read_the_model(volumes: Volumes) -> None:
    run(volumes)
    for path in (volumes.models / MODEL_ID).rglob("*"):
        assert path.stat().st_mode & 0o444 == 0o444, path


def test_a_published_model_can_be_trained_further(volumes: Volumes) -> None:
    run(volumes)
    task = a_task(modelTag=MODEL_ID, outputPath="second")
    run(volumes, task)
    assert (volumes.models / task.model_id / MANIFEST).exists()


def test_the_same_task_gives_the_same_weights(volumes: Volumes, tmp_path: Path) -> None:
    run(volumes)
    first = weights(volumes.models / MODEL_ID)
    (volumes.models / "trained_models").rename(tmp_path / "first")
    run(volumes)
    assert distance(first, weights(volumes.models / MODEL_ID)) == 0


def test_max_seq_length_over_the_model_s_own_is_refused(volumes: Volumes) -> None:
    with pytest.raises(InvalidHyperparametersError) as caught:
        run(volumes, maxSeqLength=33)
    assert caught.value.message == (
        "maxSeqLength: found 33, expected at most 32, the model's own limit"
    )


def test_max_seq_length_is_kept_in_the_published_model(volumes: Volumes) -> None:
    run(volumes, maxSeqLength=8)
    assert SentenceTransformer(str(volumes.models / MODEL_ID), device="cpu").max_seq_length == 8


def test_rows_longer_than_max_seq_length_are_warned_of(volumes: Volumes) -> None:
    assert not any("tokens" in warning for warning in run(volumes).data.warnings)
    task = a_task(maxSeqLength=8, outputPath="short")
    assert (
        run(volumes, task)
        .data.warnings[-1]
        .endswith(
            "of 36 training rows looked at have a text longer than 8 tokens, which is cut there"
        )
    )


@pytest.mark.parametrize("device", ["cuda", "cuda:3"])
def test_a_gpu_that_is_not_there_is_an_error(
    volumes: Volumes, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    with pytest.raises(GpuUnavailableError, match=f"device {device}: "):
        run(volumes, device=device)


def test_auto_takes_the_cpu_where_there_is_no_gpu(
    volumes: Volumes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert run(volumes, device="auto").device.startswith("cpu")


@pytest.mark.parametrize(("use_amp", "said"), [(True, 1), (False, 0)])
def test_that_amp_is_not_used_on_a_cpu_is_said_once(
    volumes: Volumes, capsys: pytest.CaptureFixture[str], *, use_amp: bool, said: int
) -> None:
    run(volumes, useAmp=use_amp)
    assert capsys.readouterr().err.count("useAmp: mixed precision is not used on a CPU") == said


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_m07_weights_that_are_not_finite_are_refused(volumes: Volumes, number: float) -> None:
    path = volumes.models / "base" / "model.safetensors"
    broken = load_file(path)
    broken["embeddings.word_embeddings.weight"][3, 4] = number
    save_file(broken, path, metadata={"format": "pt"})
    with pytest.raises(TrainingModelWeightsNotFoundError, match="holds NaN or infinity"):
        run(volumes)


@pytest.mark.parametrize(
    "config", [{"hidden_size": 48}, {"model_type": "gpt-nothing"}, {"num_hidden_layers": 3}]
)
def test_m08_weights_that_do_not_fit_their_configuration_are_refused(
    volumes: Volumes, config: dict[str, Any]
) -> None:
    path = volumes.models / "base" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | config))
    with pytest.raises(TrainingModelWeightsNotFoundError):
        run(volumes)
