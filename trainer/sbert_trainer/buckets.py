"""Texts in buckets of nearly equal length, each padded by itself: for models that cannot be packed.

It computes some padding, but far less than one batch for each column. It must never change what is
computed.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor
from torch.nn import functional

from sbert_trainer.dropout import fast_dropouts

_SHORTER = 0.75
"""A bucket holds texts that are at least this share of its longest."""


def can_bucket(columns: Sequence[dict[str, Any]]) -> bool:
    """Whether the features are rows of tokens with a mask, the same ones in all columns."""
    first = columns[0]
    return "attention_mask" in first and all(
        column.keys() == first.keys() and all(map(_are_rows, column.values())) for column in columns
    )


def _are_rows(feature: object) -> bool:
    if isinstance(feature, Tensor):
        return feature.ndim == 2 and not feature.is_floating_point()
    return feature == "text"


def bucketed_embeddings(
    model: SentenceTransformer, columns: Sequence[dict[str, Any]]
) -> list[Tensor]:
    """Embeddings of each column's texts, (texts, dimensions), by one pass for each bucket."""
    names = [name for name, value in columns[0].items() if isinstance(value, Tensor)]
    rows = {name: _together([column[name] for column in columns]) for name in names}
    lengths, order = _ends(rows["attention_mask"]).sort(descending=True, stable=True)
    parts = []
    with fast_dropouts(model):
        for start, end in _buckets(lengths.tolist()):
            width = max(1, int(lengths[start]))
            bucket = {name: row[order[start:end], :width] for name, row in rows.items()}
            parts.append(model(bucket)["sentence_embedding"])
    back = torch.empty_like(order).scatter_(0, order, torch.arange(len(order), device=order.device))
    sizes = [len(column["attention_mask"]) for column in columns]
    return list(torch.cat(parts).index_select(0, back).split_with_sizes(sizes))


def _ends(mask: Tensor) -> Tensor:
    """(texts): the places up to each text's last token. Padding in front of a text counts."""
    places = torch.arange(1, mask.size(1) + 1, device=mask.device)
    return (mask.ne(0) * places).amax(dim=1)


def _buckets(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last text (excluded) of each bucket; the lengths descend."""
    start = 0
    for text, length in enumerate(lengths):
        if length < lengths[start] * _SHORTER:
            yield start, text
            start = text
    yield start, len(lengths)


def _together(parts: Sequence[Tensor]) -> Tensor:
    """(texts of all columns, tokens of the longest), filled with zeros."""
    width = max(part.size(1) for part in parts)
    return torch.cat([functional.pad(part, (0, width - part.size(1))) for part in parts])
