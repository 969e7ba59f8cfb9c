"""The bootstrap: draws rows anew with replacement, and has numbers computed for every draw.

Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 13 (percentile intervals)
and 16 (paired differences). It knows no model and no score.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sbert_api.v1alpha1.scores import Interval
from sbert_trainer.rank_correlation import Draws, Vector

RESAMPLES = 10_000
CONFIDENCE = 0.95
_DRAWN_AT_ONCE = 1 << 14
"""Row numbers drawn at a time: 10,000 resamples of 1,000 rows at once would take 80 MB. As few as
these stay in the processor's cache, and no threads are woken for them: on two busy cores 1,000 rows
took 0.1 s, and 0.4 s with 64 times as many at once; 20,000 rows 1.3 s and 14 s."""

Numbers = NDArray[np.float64]


def resample(
    numbers: Callable[[Draws], Numbers], rows: int, seed: int, resamples: int = RESAMPLES
) -> Numbers:
    """What `numbers` computes over all rows, and behind it over each resample of them.

    numbers: takes (draws, rows), how often each row was drawn, and returns (numbers, draws).
    Returns (numbers, 1 + resamples). A single row says nothing of others: its only resample is
    itself.
    """
    whole = numbers(np.ones((1, rows), dtype=np.int64))
    again = whole if rows < 2 else _distribution(numbers, rows, seed, resamples)
    return np.hstack([whole, again])


def interval(number: Vector, confidence: float = CONFIDENCE) -> Interval:
    """A number over all rows, with the interval that holds this share of those behind it."""
    outside = (1 - confidence) / 2
    low, high = np.quantile(number[1:], (outside, 1 - outside))
    return Interval(value=rounded(number[0]), low=rounded(low), high=rounded(high))


def _distribution(
    numbers: Callable[[Draws], Numbers], rows: int, seed: int, resamples: int
) -> Numbers:
    """(numbers, resamples)."""
    # Only here: it takes a second to load, and is wanted when the training is over.
    from scipy.stats import bootstrap  # type: ignore[import-untyped]  # noqa: PLC0415

    def of_drawn(drawn: NDArray[np.intp], axis: int) -> Numbers:
        """drawn: (resamples, rows), the numbers of the rows that were drawn.

        How often each row was drawn gives all means by one matrix product, ten times faster than
        gathering every vector's drawn values.
        """
        offsets = rows * np.arange(len(drawn))[:, None]
        times = np.bincount((drawn + offsets).ravel(), minlength=drawn.size)
        return numbers(times.reshape(drawn.shape))

    found: Any = bootstrap(
        (np.arange(rows),),
        of_drawn,
        vectorized=True,
        n_resamples=resamples,
        batch=max(1, _DRAWN_AT_ONCE // rows),
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    distribution: Numbers = found.bootstrap_distribution
    return distribution


def rounded(value: float | np.floating) -> float:
    """As scores are written: to six digits."""
    return round(float(value), 6)
