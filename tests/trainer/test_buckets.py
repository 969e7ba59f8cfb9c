"""Models that are not packed: the same embeddings, in batches of texts of nearly equal length."""

from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import LayerNorm
from torch import Tensor, nn

from sbert_api.v1alpha1.training_task import ForwardPass
from sbert_trainer import embedding
from sbert_trainer.embedding import embed, encode, stock_encode
from sbert_trainer.forward_pass import describe
from tests.trainer.families import BUCKETED, PACKED, WIDTH, make_model, texts

UNPROVEN: dict[str, tuple[str, tuple[nn.Module, ...], str]] = {
    "MPNet": ("MPNet", (), "the architecture mpnet"),
    "CamemBERT": ("CamemBERT", (), "the architecture camembert"),
    "a module behind the pooling": ("BERT", (LayerNorm(WIDTH),), "the module LayerNorm"),
}
"""Family, other modules, and what the log says."""


@pytest.fixture
def buckets_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the way in buckets is left."""

    def refuse(*_: object) -> None:
        raise AssertionError("packed")

    monkeypatch.setattr(embedding, "packed_embeddings", refuse)


def columns(model: SentenceTransformer) -> list[dict[str, Any]]:
    return [model.preprocess(texts(12, seed=seed)) for seed in range(3)]


def stock(model: SentenceTransformer, features: list[dict[str, Any]]) -> list[Tensor]:
    return [model(dict(column))["sentence_embedding"] for column in features]


@pytest.mark.parametrize("name", UNPROVEN)
@pytest.mark.usefixtures("buckets_only")
def test_embeddings_and_gradients_equal_the_library_s(tmp_path: Path, name: str) -> None:
    family, modules, _ = UNPROVEN[name]
    results: list[list[Tensor]] = []
    for way in (embed, stock):
        model = make_model(tmp_path / "model", family, "mean", *modules)
        model.zero_grad()
        found = way(model, columns(model))
        loss: Any = (found[0] @ found[1].T).softmax(dim=1).diagonal().log().mean()
        loss.backward()
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        results.append([*(one.detach() for one in found), *gradients])
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-5)


def test_far_less_padding_is_computed(tmp_path: Path) -> None:
    model = make_model(tmp_path / "model", "MPNet")
    computed: list[int] = []
    model[0].register_forward_pre_hook(
        lambda _, inputs: computed.append(inputs[0]["input_ids"].numel())
    )
    features = columns(model)
    embed(model, features)
    ours = sum(computed)
    computed.clear()
    stock(model, features)
    real = sum(int(column["attention_mask"].sum()) for column in features)
    assert ours - real < (sum(computed) - real) / 2


@pytest.mark.parametrize("family", [*PACKED, *BUCKETED])
def test_texts_are_encoded_as_the_library_encodes_them(tmp_path: Path, family: str) -> None:
    model = make_model(tmp_path / "model", family)
    some = [*texts(40, seed=7), "", "word1", "word1"]
    torch.testing.assert_close(
        torch.from_numpy(encode(model, some)),
        torch.from_numpy(stock_encode(model, some)),
        rtol=0,
        atol=1e-5,
    )


@pytest.mark.parametrize("name", UNPROVEN)
def test_the_log_says_why_a_model_is_not_packed(tmp_path: Path, name: str) -> None:
    family, modules, words = UNPROVEN[name]
    model = make_model(tmp_path / "model", family, "mean", *modules)
    assert describe(model, "Packed", "cuda") == (
        "forward pass: in batches of nearly equal length, because packing is not proven for"
        f" {words} (forwardPass: Packed, device: cuda)"
    )


@pytest.mark.parametrize(
    ("wanted", "device", "way"),
    [
        ("Auto", "cpu", "packed, without padding"),
        ("Auto", "cuda", "stock, one padded batch for each column"),
        ("Packed", "cuda", "packed, without padding"),
        ("Stock", "cpu", "stock, one padded batch for each column"),
    ],
)
def test_the_log_says_the_way_and_who_chose_it(
    tmp_path: Path, wanted: ForwardPass, device: str, way: str
) -> None:
    model = make_model(tmp_path / "model", "BERT")
    line = f"forward pass: {way} (forwardPass: {wanted}, device: {device})"
    assert describe(model, wanted, device) == line
