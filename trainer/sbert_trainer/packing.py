"""The padding-free forward pass: all texts of a batch in one row of tokens, longest text first.

It goes through the model's own modules and must never change what is computed, only what is not:
padding. Where that is proven by a test stands in the tables here. Outside of a pass the model is as
the library made it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Transformer
from sentence_transformers.sentence_transformer.modules import Dropout, Normalize, Pooling
from torch import Tensor
from torch.nn import functional

from sbert_trainer.dropout import fast_dropouts
from sbert_trainer.packed_attention import ATTENTION, groups_of

Features = dict[str, Any]
"""What the tokenizer makes of texts: tensors (texts, tokens), and the name of the modality."""


def _counted(ids: Tensor, padding: int) -> Tensor:
    """Each token's number in its row."""
    return torch.arange(ids.size(1), device=ids.device).expand_as(ids)


def _counted_behind_padding(ids: Tensor, padding: int) -> Tensor:
    """As fairseq counts: padding has its own id as position, the others count on from there."""
    real = ids.ne(padding)
    return real.cumsum(1) * real + padding


_POSITIONS: dict[str, Callable[[Tensor, int], Tensor]] = {
    "bert": _counted,
    "distilbert": _counted,
    "roberta": _counted_behind_padding,
    "xlm-roberta": _counted_behind_padding,
}
"""Architectures whose packed pass is proven: config.model_type -> how it numbers tokens."""

_POOLINGS = {"mean", "cls", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"}
_AFTER_POOLING = (Normalize, Dense, Dropout)
_FEATURES = {"input_ids", "attention_mask", "token_type_ids", "modality"}


def packs(model: SentenceTransformer) -> bool:
    """Whether the packed pass is proven for this model."""
    return unproven_part(model) is None


def unproven_part(model: SentenceTransformer) -> str | None:
    """The name of the part for which the packed pass is not proven; None if it is for all."""
    first, *others = model
    if not isinstance(first, Transformer):
        return type(first).__name__
    if not _is_proven(first):
        return f"the architecture {first.config.model_type}"
    if not others or not _pools(others[0]):
        return "a model with such a pooling, or none"
    unproven = [module for module in others[1:] if not isinstance(module, _AFTER_POOLING)]
    return f"the module {type(unproven[0]).__name__}" if unproven else None


def _is_proven(transformer: Transformer) -> bool:
    config: Any = transformer.config
    return (
        config.model_type in _POSITIONS
        and transformer.transformer_task == "feature-extraction"
        and not getattr(config, "is_decoder", False)
    )


def _pools(module: torch.nn.Module) -> bool:
    if not isinstance(module, Pooling):
        return False
    modes = module.pooling_mode
    return _POOLINGS.issuperset([modes] if isinstance(modes, str) else modes)


def can_pack(columns: Sequence[Features]) -> bool:
    """Whether these features are known, the same in all columns, and no text is without tokens."""
    keys = set(columns[0])
    return (
        {"input_ids", "attention_mask"} <= keys <= _FEATURES
        and all(set(column) == keys for column in columns)
        and all(bool(column["attention_mask"].any(dim=1).all()) for column in columns)
    )


def packed_embeddings(model: SentenceTransformer, columns: Sequence[Features]) -> list[Tensor]:
    """Embeddings of each column's texts, (texts, dimensions), by one pass over all columns."""
    mask = _together(columns, "attention_mask").bool()
    lengths, order = mask.sum(dim=1).sort(descending=True, stable=True)
    features = _flat(model, columns, mask, order)
    features["cu_seq_lens_q"] = functional.pad(lengths.cumsum(0), (1, 0))
    features["groups"] = groups_of(lengths.tolist())
    with _packing(model), fast_dropouts(model):
        embeddings = model(features)["sentence_embedding"]
    back = torch.empty_like(order).scatter_(0, order, torch.arange(len(order), device=order.device))
    sizes = [len(column["input_ids"]) for column in columns]
    return list(embeddings.index_select(0, back).split_with_sizes(sizes))


def _flat(
    model: SentenceTransformer, columns: Sequence[Features], mask: Tensor, order: Tensor
) -> Features:
    """The tokens of all texts, (1, tokens), with the texts in `order`; padding is left out."""
    ids = _together(columns, "input_ids")
    config: Any = model[0].config
    rows = {
        "input_ids": ids,
        "position_ids": _POSITIONS[config.model_type](ids, config.pad_token_id),
    }
    if "token_type_ids" in columns[0]:
        rows["token_type_ids"] = _together(columns, "token_type_ids")
    real = mask[order]
    flat: Features = {name: row[order][real].unsqueeze(0) for name, row in rows.items()}
    return {**flat, "modality": "text"}


def _together(columns: Sequence[Features], name: str) -> Tensor:
    """(texts of all columns, tokens of the longest), filled with zeros."""
    parts = [column[name] for column in columns]
    width = max(part.size(1) for part in parts)
    return torch.cat([functional.pad(part, (0, width - part.size(1))) for part in parts])


@contextmanager
def _packing(model: SentenceTransformer) -> Iterator[None]:
    """Within it, the model attends by groups; afterwards as it did before."""
    transformer: Any = model[0].model
    before = transformer.config._attn_implementation
    transformer.set_attn_implementation(ATTENTION)
    try:
        yield
    finally:
        transformer.set_attn_implementation(before)
