"""Spearman's correlation over drawn rows, against scipy's over the same rows written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import spearmanr  # type: ignore[import-untyped]

from sbert_trainer.rank_correlation import Draws, PairRanks

RANDOM = np.random.default_rng(5)


def written_out(
    positive: NDArray[np.float32], negative: NDArray[np.float32], times: NDArray[np.int64]
) -> float:
    """Scipy's answer for rows that are repeated as often as they were drawn."""
    pairs = np.concatenate([np.repeat(positive, times), np.repeat(negative, times)])
    labels = np.repeat([1, 0], len(pairs) // 2)
    if np.ptp(pairs) == 0:
        return 0.0
    return float(spearmanr(pairs, labels).statistic)


def check(positive: list[float], negative: list[float], draws: Draws) -> None:
    one, other = (np.array(side, dtype=np.float32) for side in (positive, negative))
    found = PairRanks(one, other).correlations(draws)
    expected = [written_out(one, other, times) for times in draws]
    assert found == pytest.approx(expected, abs=1e-9)


def test_without_equal_similarities_it_is_scipy_s() -> None:
    positive, negative = RANDOM.normal([[0.5], [0.3]], 0.2, (2, 40))
    draws = RANDOM.multinomial(40, np.full(40, 1 / 40), size=30)
    check(positive.tolist(), negative.tolist(), draws)


few_values = st.lists(
    st.tuples(st.sampled_from([0.1, 0.2, 0.3]), st.sampled_from([0.1, 0.2, 0.4])),
    min_size=1,
    max_size=8,
)


@given(rows=few_values, seed=st.integers(0, 1000))
def test_equal_similarities_share_their_rank(rows: list[tuple[float, float]], seed: int) -> None:
    positive, negative = zip(*rows, strict=True)
    count = len(rows)
    draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=5)
    check(list(positive), list(negative), draws)


def test_the_most_that_can_be_reached_is_half_the_root_of_three() -> None:
    count = 2000
    positive = np.linspace(0.6, 0.9, count, dtype=np.float32)
    once = np.ones((1, count), dtype=np.int64)
    (best,) = PairRanks(positive, positive - 0.5).correlations(once)
    (worst,) = PairRanks(positive - 0.5, positive).correlations(once)
    assert best == pytest.approx(np.sqrt(3) / 2, abs=1e-6)
    assert worst == pytest.approx(-best)


def test_a_model_that_maps_all_texts_to_one_point_has_none() -> None:
    same = np.full(5, 0.7, dtype=np.float32)
    (found,) = PairRanks(same, same).correlations(np.ones((1, 5), dtype=np.int64))
    assert found == 0
