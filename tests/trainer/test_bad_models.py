"""What is wrong with a model and only the libraries find: refused in words, as the rest is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from sbert_trainer import train as training
from sbert_trainer.errors import (
    InvalidHyperparametersError,
    StorageError,
    TrainingModelWeightsNotFoundError,
)
from sbert_trainer.model import limit_length, load_model
from sbert_trainer.prepare import Volumes
from tests.trainer.runs import run, some_rows
from tests.unit.trainer.builders import write_dataset
from tests.unit.trainer.canary import Canary, listening
from tests.unit.trainer.model_folders import everything_in

Damage = Callable[[Path], object]


def settings(name: str, **changed: Any) -> Damage:
    def damage(folder: Path) -> None:
        path = folder / name
        found = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(found | changed))

    return damage


def tensors(change: Callable[[dict[str, torch.Tensor]], object]) -> Damage:
    def damage(folder: Path) -> None:
        found = load_file(folder / "model.safetensors")
        change(found)
        save_file(found, folder / "model.safetensors", metadata={"format": "pt"})

    return damage


def without_pad(folder: Path) -> None:
    """The tokenizer can no longer bring two texts to one length."""
    path = folder / "tokenizer.json"
    found = json.loads(path.read_text())
    found["added_tokens"] = [t for t in found["added_tokens"] if t["content"] != "[PAD]"]
    path.write_text(json.dumps(found))
    settings("tokenizer_config.json", pad_token=None)(folder)


LAYER = "encoder.layer.1.output.dense.weight"

ROWS = {
    "M02 a lost tensor": (tensors(lambda found: found.pop(LAYER)), f"the weights lack {LAYER}"),
    "M07 NaN in eight bits": (
        tensors(
            lambda found: found.update(
                {LAYER: torch.full((32, 64), float("nan")).to(torch.float8_e4m3fn)}
            )
        ),
        f"weight 0.model.{LAYER} holds NaN or infinity",
    ),
    "M08 an unknown architecture": (
        settings("config.json", model_type="evil"), "model type `evil`"
    ),
    "M08 no architecture": (settings("config.json", model_type=None), "the model cannot be loaded"),
    "M08 more layers": (settings("config.json", num_hidden_layers=3), "the weights lack encoder"),
    "M08 wider layers": (settings("config.json", intermediate_size=65), "the model cannot be loa"),
    "M08 a width that no head fits": (
        settings("config.json", num_attention_heads=3), "the model cannot be loaded"
    ),
    "M08 an unknown pooling": (
        settings("1_Pooling/config.json", pooling_mode="evil"), "Invalid pooling mode"
    ),
    "M08 an unknown task": (
        settings("sentence_bert_config.json", transformer_task="evil"), "the model cannot be loa"
    ),
    "M08 no padding": (without_pad, "the model cannot be loaded: ValueError: Asking to pad"),
    "S10 newer libraries are asked for": (
        settings("config_sentence_transformers.json", requirements={"torch": ">=99"}),
        "the model cannot be loaded",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "says"), ROWS.values(), ids=ROWS)
def test_a_bad_model_is_refused_and_nothing_is_published(
    damage: Damage, says: str, volumes: Volumes, tmp_path: Path
) -> None:
    canary = Canary(tmp_path)
    damage(volumes.models / "base")
    before = everything_in(tmp_path)
    with listening(canary), pytest.raises(TrainingModelWeightsNotFoundError) as caught:
        run(volumes)
    assert says in caught.value.message
    assert len(caught.value.message.splitlines()) == 1
    assert (canary.sings, canary.heard) == (False, [])
    assert everything_in(tmp_path) == before, "a volume was changed"


def test_m12_weights_that_are_exchanged_while_they_are_loaded_are_not_trained(
    volumes: Volumes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = volumes.models / "base" / "model.safetensors"

    def load_and_exchange(folder: Path, device: str) -> Any:
        model = load_model(folder, device)
        tensors(lambda found: found[LAYER].zero_())(folder)
        return model

    monkeypatch.setattr(training, "load_model", load_and_exchange)
    before = path.stat().st_size
    with pytest.raises(StorageError, match=r"model\.safetensors: was changed while") as caught:
        run(volumes)
    assert path.stat().st_size == before
    assert "into a new folder" in caught.value.hint
    assert not (volumes.models / "trained_models").exists()


def test_a_tokenizer_that_gives_up_on_a_text_is_named(volumes: Volumes) -> None:
    """The expression is harmless until a text of the data has many q."""
    path = volumes.models / "base" / "tokenizer.json"
    found = json.loads(path.read_text())
    bomb = {"type": "Split", "pattern": {"Regex": "(qq|q)+$"}, "behavior": "Isolated"}
    found["pre_tokenizer"] = bomb | {"invert": False}
    path.write_text(json.dumps(found))
    settings("tokenizer_config.json", tokenizer_class="TokenizersBackend")(path.parent)
    row = {"question": "q" * 99 + "z", "positive": "w1x1", "negative": "w2x2"}
    write_dataset(volumes.datasets, "bomb", *some_rows(40), *[row] * 20)
    with pytest.raises(TrainingModelWeightsNotFoundError, match="gave up on a text: Onig"):
        run(volumes, trainDatasetIds=["bomb"])


@pytest.mark.parametrize(("said", "limit"), [(16, 16), (32, 32), (512, 32), (None, 32)])
def test_m08_texts_are_cut_where_the_model_has_no_more_positions(
    volumes: Volumes, said: int | None, limit: int
) -> None:
    settings("sentence_bert_config.json", max_seq_length=said)(volumes.models / "base")
    settings("tokenizer_config.json", model_max_length=512)(volumes.models / "base")
    model = load_model(volumes.models / "base", "cpu")
    assert limit_length(model, None) == limit
    model.encode("w1x1 " * 600)
    with pytest.raises(InvalidHyperparametersError, match=f"expected at most {limit}, the model's"):
        limit_length(model, limit + 1)


def test_positions_behind_that_of_padding_are_not_counted_twice(
    volumes: Volumes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in RoBERTa, whose first text position is padding_idx + 1."""
    model = load_model(volumes.models / "base", "cpu")
    embeddings = model.get_submodule("0.auto_model.embeddings")
    monkeypatch.setattr(embeddings, "position_embeddings", torch.nn.Embedding(12, 32, 1))
    assert limit_length(model, None) == 10
