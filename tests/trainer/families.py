"""Tiny untrained models of the architectures that people train, and texts for them."""

import random
from functools import partial
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from torch import nn
from transformers import (
    AutoModel,
    BertConfig,
    BertTokenizer,
    CamembertConfig,
    DistilBertConfig,
    MPNetConfig,
    RobertaConfig,
    XLMRobertaConfig,
)

WIDTH = 32
MAX_TOKENS = 40
WORDS = [f"word{number}" for number in range(60)]

_VOCABULARY = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]", *WORDS]  # padding is 1, as RoBERTa's
_COMMON: dict[str, Any] = {
    "vocab_size": len(_VOCABULARY),
    "max_position_embeddings": MAX_TOKENS + 2,
    "pad_token_id": 1,
}
_USUAL = {
    **_COMMON,
    "hidden_size": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}
PACKED = {
    "BERT": partial(BertConfig, **_USUAL),
    "RoBERTa": partial(RobertaConfig, **_USUAL),
    "XLM-R": partial(XLMRobertaConfig, **_USUAL),
    "DistilBERT": partial(
        DistilBertConfig, **_COMMON, dim=WIDTH, n_layers=2, n_heads=2, hidden_dim=64
    ),
}
"""Those that are packed."""
BUCKETED = {
    "MPNet": partial(MPNetConfig, **_USUAL),
    "CamemBERT": partial(CamembertConfig, **_USUAL),
}
"""Those that are not: MPNet's attention knows the distance of tokens, CamemBERT is not proven."""


def make_model(
    folder: Path, family: str, pooling: Any = "mean", *others: nn.Module
) -> SentenceTransformer:
    """A model of `family` with `pooling` and the modules `others` behind it, in evaluation mode."""
    if not (folder / "config.json").exists():
        _make_plain(folder, family)
    modules = [Transformer(str(folder)), Pooling(WIDTH, pooling_mode=pooling), *others]
    model = SentenceTransformer(modules=modules, device="cpu")
    model.max_seq_length = MAX_TOKENS
    return model.eval()


def _make_plain(folder: Path, family: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(_VOCABULARY) + "\n")
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    configs: dict[str, Any] = {**PACKED, **BUCKETED}
    model = AutoModel.from_config(configs[family]())  # type: ignore[no-untyped-call]
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.2)  # else all texts look alike
    model.save_pretrained(folder)


def texts(count: int, *, longest: int = MAX_TOKENS, seed: int = 0) -> list[str]:
    """Texts of one word to more words than the models read."""
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=rng.randint(1, longest))) for _ in range(count)]


def without_dropout(model: SentenceTransformer) -> SentenceTransformer:
    """The model, which computes the same in training and in evaluation."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return model
