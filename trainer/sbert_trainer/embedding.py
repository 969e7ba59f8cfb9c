"""Embeds texts without the work on padding: packed where that is proven, else in buckets, else as
the library does it. All three give the same embeddings.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.util import batch_to_device
from torch import Tensor, nn

from sbert_trainer.buckets import bucketed_embeddings, can_bucket
from sbert_trainer.packing import Features, can_pack, packed_embeddings, packs

_STOCK_BATCH = 32
"""Texts of a pass by the library's own way: its default."""
_CHARACTERS = 16_384
"""Characters of the texts of a pass when encoding: some 4,000 tokens of English."""


def embed(model: SentenceTransformer, columns: Sequence[Features]) -> list[Tensor]:
    """Embeddings of each column's texts, (texts, dimensions), with gradients where torch has them
    switched on."""
    if packs(model) and can_pack(columns):
        return packed_embeddings(model, columns)
    if can_bucket(columns):
        return bucketed_embeddings(model, columns)
    return [model(column)["sentence_embedding"] for column in columns]


class Embedder(nn.Module):
    """The model for losses that call it themselves, with one mini-batch of a column at a time."""

    def __init__(self, model: SentenceTransformer) -> None:
        """`model` stays as it is."""
        super().__init__()
        self.model = model

    def forward(self, features: Features) -> dict[str, Tensor]:
        """The embeddings as the library's models return them."""
        return {"sentence_embedding": embed(self.model, [features])[0]}


def encode(
    model: SentenceTransformer, texts: Sequence[str], batch_size: int | None = None
) -> NDArray[np.float32]:
    """(texts, dimensions): what `model.encode` returns, without the work on padding.

    Some 4,000 tokens go through the model at a time, and at most `batch_size` texts.
    The model's mode (train or eval) is left as it was.
    """
    training = model.training
    model.eval()
    embeddings = _encoded(model, texts, batch_size or len(texts))
    model.train(training)
    return embeddings


def stock_encode(
    model: SentenceTransformer, texts: Sequence[str], batch_size: int = _STOCK_BATCH
) -> NDArray[np.float32]:
    """(texts, dimensions) by the library's own way. The model's mode is left as it was."""
    training = model.training
    embeddings: NDArray[np.float32] = model.encode(
        list(texts), batch_size=batch_size, show_progress_bar=False
    )
    model.train(training)
    return embeddings


@torch.inference_mode()
def _encoded(
    model: SentenceTransformer, texts: Sequence[str], batch_size: int
) -> NDArray[np.float32]:
    parts: list[Tensor] = []
    order = sorted(range(len(texts)), key=lambda text: -len(texts[text]))
    for batch in _batches(order, texts, batch_size):
        features = model.preprocess([texts[text] for text in batch])
        parts += embed(model, [batch_to_device(features, model.device)])
    embeddings = torch.cat(parts).float().cpu().numpy()
    result = np.empty_like(embeddings)
    result[order] = embeddings
    return result


def _batches(order: Sequence[int], texts: Sequence[str], size: int) -> Iterator[list[int]]:
    """At most `size` neighbours of `order`, with some _CHARACTERS together."""
    batch: list[int] = []
    characters = 0
    for text in order:
        if len(batch) == size or (batch and characters + len(texts[text]) > _CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(text)
        characters += len(texts[text])
    yield batch
