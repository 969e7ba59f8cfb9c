"""How many real tokens the texts of each step have: both sides draw the same batches."""

import random
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from benchmarks.shared_data import Row
from sbert_trainer.batches import mixed, plan_batches

_MAX_TOKENS = 256
"""all-MiniLM-L6-v2's own limit."""


def lengths_by_step(rows: Sequence[Row], batch: int, seed: int, model: Path) -> list[list[int]]:
    """The lengths in tokens of all texts of a step, for each step of the first epoch."""
    texts = [tuple(row.values()) for row in rows]
    batches = mixed(plan_batches(texts, batch), texts, random.Random(seed))
    length = _lengths([text for row in texts for text in row], model)
    return [[length[text] for row in batch for text in texts[row]] for batch in batches]


def _lengths(texts: Sequence[str], model: Path) -> dict[str, int]:
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(_MAX_TOKENS)
    encoded = tokenizer.encode_batch(list(texts))
    return {text: len(one.ids) for text, one in zip(texts, encoded, strict=True)}
