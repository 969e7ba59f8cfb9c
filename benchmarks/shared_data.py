"""The benchmark data, which lie beside the checkout and are never copied into it."""

import json
import random
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
FOLDER = CHECKOUT.parent / "shared" / "data"
RESULTS = CHECKOUT / "benchmarks" / "results"
NOT_THERE = "There are no benchmark data in ../shared/data: nothing was measured."

Row = dict[str, str]
"""question, positive, negative."""


def is_there() -> bool:
    """Whether there is anything to measure with."""
    return FOLDER.is_dir()


def read_rows(name: str) -> list[Row]:
    """All rows of the dataset `name`, in its order."""
    with (FOLDER / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def sample_rows(name: str, count: int, seed: int) -> list[Row]:
    """`count` rows of the dataset `name`, drawn and mixed by `seed`."""
    return random.Random(seed).sample(read_rows(name), count)
