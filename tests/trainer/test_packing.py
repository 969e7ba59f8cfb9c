"""The packed forward pass computes what the library computes: embeddings and gradients."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense
from sentence_transformers.sentence_transformer.modules import (
    Dropout,
    LayerNorm,
    Normalize,
    Pooling,
)
from torch import Tensor, nn

from sbert_trainer import embedding
from sbert_trainer.buckets import bucketed_embeddings
from sbert_trainer.embedding import embed
from sbert_trainer.packing import packed_embeddings, packs
from tests.trainer.families import PACKED, WIDTH, WORDS, make_model, texts

POOLINGS = (*Pooling.POOLING_MODES, ("cls", "mean"))
COLUMNS: dict[str, list[list[str]]] = {
    "three columns": [texts(10, seed=seed) for seed in range(3)],
    "one row": [["word1 word2"], [" ".join(WORDS[:30])], ["word3"]],
    "texts of equal length": [["word1 word2", "word3 word4"], ["word5 word6", "word7 word8"]],
    "one text": [["word1"]],
    "equal texts": [["word1 word2"] * 3, ["word1 word2"] * 3],
    "longer than the model reads": [[" ".join(WORDS), "word1"], ["word2", " ".join(WORDS)]],
    "texts that hold padding": [
        ["[PAD] word1 [PAD] word2", "word3"],
        ["[PAD]", "[PAD] [PAD] word4"],
    ],
    "nothing but unknown words": [["", "?"], ["word1", "!!"]],
}


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., SentenceTransformer]:
    """Makes models; the files of a family are written once."""
    folder: Path = tmp_path_factory.mktemp("families")
    return lambda family, *modules: make_model(folder / family, family, *modules)


@pytest.fixture
def packed_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the packed way is left."""

    def refuse(*_: object) -> None:
        raise AssertionError("not packed")

    monkeypatch.setattr(embedding, "bucketed_embeddings", refuse)
    monkeypatch.setattr(embedding, "can_bucket", refuse)


def stock(model: SentenceTransformer, features: list[dict[str, Any]]) -> list[Tensor]:
    return [model(dict(column))["sentence_embedding"] for column in features]


def farthest(ours: list[Tensor], theirs: list[Tensor]) -> float:
    return max(float((a - b).abs().max()) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("pooling", POOLINGS, ids=str)
@pytest.mark.parametrize("family", PACKED)
@pytest.mark.usefixtures("packed_only")
def test_packed_embeddings_equal_the_library_s(
    make: Callable[..., SentenceTransformer], family: str, pooling: Any
) -> None:
    model = make(family, pooling)
    features = [model.preprocess(column) for column in COLUMNS["three columns"]]
    with torch.no_grad():
        assert farthest(embed(model, features), stock(model, features)) < 1e-5


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("family", PACKED)
@pytest.mark.usefixtures("packed_only")
def test_packed_embeddings_are_right_for_odd_texts(
    make: Callable[..., SentenceTransformer], family: str, name: str
) -> None:
    model = make(family)
    features = [model.preprocess(column) for column in COLUMNS[name]]
    with torch.no_grad():
        assert farthest(embed(model, features), stock(model, features)) < 1e-5


@pytest.mark.usefixtures("packed_only")
def test_modules_behind_the_pooling_stay_in_use(make: Callable[..., SentenceTransformer]) -> None:
    torch.manual_seed(0)
    model = make("BERT", "mean", Dense(WIDTH, 8), Dropout(0.1), Normalize())
    features = [model.preprocess(column) for column in COLUMNS["three columns"]]
    with torch.no_grad():
        found = embed(model, features)
        assert farthest(found, stock(model, features)) < 1e-5
    assert found[0].shape == (10, 8)


@pytest.mark.parametrize("family", PACKED)
def test_gradients_equal_the_library_s(
    make: Callable[..., SentenceTransformer], family: str
) -> None:
    gradients = []
    for way in (packed_embeddings, stock):
        model = make(family)
        features = [model.preprocess(column) for column in COLUMNS["three columns"]]
        one, other, _ = way(model, features)
        loss: Any = (one @ other.T).softmax(dim=1).diagonal().log().mean()
        loss.backward()
        gradients.append({n: p.grad for n, p in model.named_parameters() if p.grad is not None})
    ours, theirs = gradients
    assert ours.keys() == theirs.keys()
    for name, gradient in ours.items():
        torch.testing.assert_close(gradient, theirs[name], rtol=1e-3, atol=1e-5, msg=name)


def test_padding_in_front_of_texts_is_left_out(make: Callable[..., SentenceTransformer]) -> None:
    model = make("RoBERTa", "cls")
    model.tokenizer.padding_side = "left"
    features = [model.preprocess(column) for column in COLUMNS["three columns"]]
    assert not features[0]["attention_mask"][:, 0].all()
    with torch.no_grad():
        assert farthest(packed_embeddings(model, features), stock(model, features)) < 1e-5


def test_kinds_of_tokens_are_packed_too(make: Callable[..., SentenceTransformer]) -> None:
    model = make("BERT")
    features = [model.preprocess(column) for column in COLUMNS["three columns"]]
    for column in features:
        column["token_type_ids"] = torch.randint_like(column["input_ids"], 2)
    with torch.no_grad():
        assert farthest(packed_embeddings(model, features), stock(model, features)) < 1e-5


@pytest.mark.parametrize(
    ("family", "others"),
    [
        ("MPNet", ()),
        ("CamemBERT", ()),
        ("BERT", (LayerNorm(WIDTH),)),
    ],
    ids=["MPNet", "CamemBERT", "a module that is not proven"],
)
def test_what_is_not_proven_is_not_packed(
    make: Callable[..., SentenceTransformer], family: str, others: tuple[nn.Module, ...]
) -> None:
    assert not packs(make(family, "mean", *others))
    assert packs(make("BERT", "mean"))


@pytest.mark.parametrize("way", [packed_embeddings, bucketed_embeddings])
def test_a_model_is_as_it_was_after_a_pass(
    make: Callable[..., SentenceTransformer],
    way: Callable[[SentenceTransformer, list[dict[str, Any]]], list[Tensor]],
) -> None:
    model = make("BERT").train()
    before = traces(model)
    features = [model.preprocess(column) for column in COLUMNS["three columns"]]
    way(model, features)
    assert traces(model) == before
    features[0]["input_ids"] += 1000  # no such tokens: the pass ends with an error
    with pytest.raises(IndexError):
        way(model, features)
    assert traces(model) == before


def traces(model: SentenceTransformer) -> tuple[object, ...]:
    """What a pass changes while it runs, and what the model is written from."""
    transformer: Any = model[0]
    return (
        [type(module) for module in model.modules()],
        transformer.config._attn_implementation,
        transformer.config.to_json_string(),
        list(model.state_dict()),
        [sorted(vars(module)) for module in model.modules()],
    )
