"""Chooses how texts go through the model: without the work on padding, or the library's own way."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from sbert_api.v1alpha1.training_task import ForwardPass
from sbert_trainer.embedding import encode, stock_encode
from sbert_trainer.packing import unproven_part

Encode = Callable[[SentenceTransformer, Sequence[str]], NDArray[np.float32]]
"""Texts to (texts, dimensions)."""


def is_packed(wanted: ForwardPass, device: str) -> bool:
    """Auto takes what was measured to be faster: packed on a `cpu`, stock on `cuda`."""
    return wanted == "Packed" or (wanted == "Auto" and device == "cpu")


def encode_of(*, packed: bool, batch_size: int | None = None) -> Encode:
    """How to encode for an evaluation; `batch_size` limits the texts of a pass."""
    way = encode if packed else stock_encode
    return way if batch_size is None else partial(way, batch_size=batch_size)


def describe(model: SentenceTransformer, wanted: ForwardPass, device: str) -> str:
    """For the log: the way that is used, and why."""
    if not is_packed(wanted, device):
        way = "stock, one padded batch for each column"
    elif part := unproven_part(model):
        way = f"in batches of nearly equal length, because packing is not proven for {part}"
    else:
        way = "packed, without padding"
    return f"forward pass: {way} (forwardPass: {wanted}, device: {device})"
