"""Draws the batches of an epoch for the losses that take other rows' answers for wrong ones.

The library's own sampler for this says a length that is too small: epochs end before all rows were
trained on.
"""

import random
from collections.abc import Iterator
from typing import Any

from datasets import Dataset  # type: ignore[import-untyped]
from sentence_transformers.base.sampler import DefaultBatchSampler

from sbert_trainer.batches import mixed, plan_batches


class ApartBatchSampler(DefaultBatchSampler):
    """Every row once in each epoch, never two rows in a batch that batches.py keeps apart."""

    def __init__(self, dataset: Dataset, batch_size: int, *, seed: int, **others: Any) -> None:
        """`dataset` has columns of texts only; `others` is what the library passes besides."""
        super().__init__(dataset, batch_size, seed=seed, **others)
        self._rows = list(zip(*dataset[:].values(), strict=True))
        self._plan = plan_batches(self._rows, batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        """The batches of the epoch that `set_epoch` named; they depend on it and the seed alone."""
        rng = random.Random(self.seed + self.epoch)  # noqa: S311 - reproducible, not secret
        return iter(mixed(self._plan, self._rows, rng))

    def __len__(self) -> int:
        """Batches of an epoch."""
        return len(self._plan)
