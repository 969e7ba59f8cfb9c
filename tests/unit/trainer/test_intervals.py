"""How sure scores are, against what theory says of means, and by simulation."""

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.simulated import two_models
from sbert_api.v1alpha1.gate import CONFIDENCES
from sbert_api.v1alpha1.scores import Interval
from sbert_trainer.intervals import Comparison, intervals_of_one
from sbert_trainer.metrics import RowScores, correct, reciprocal_rank
from sbert_trainer.rank_correlation import Draws
from sbert_trainer.resampling import interval, resample
from tests.unit.trainer.reports import a_comparison, row_scores

RANDOM = np.random.default_rng(11)


def of_means(vectors: NDArray[np.float64], confidence: float = 0.95) -> list[Interval]:
    """The interval of each vector's mean. vectors: (vectors, rows)."""

    def means(draws: Draws) -> NDArray[np.float64]:
        found: NDArray[np.float64] = vectors @ draws.T / vectors.shape[1]
        return found

    return [interval(number, confidence) for number in resample(means, vectors.shape[1], seed=1)]


@pytest.mark.parametrize(
    ("confidence", "reach"), [(0.8, 1.2816), (0.9, 1.6449), (0.95, 1.96), (0.99, 2.5758)]
)
def test_the_ends_of_many_rows_are_those_of_a_normal_distribution(
    confidence: float, reach: float
) -> None:
    values = RANDOM.normal(0.4, 0.2, 2000)
    (found,) = of_means(values[None, :], confidence)
    reach *= values.std() / np.sqrt(2000)
    assert found.value == pytest.approx(values.mean(), abs=1e-6)
    assert found.low == pytest.approx(values.mean() - reach, abs=0.08 * reach)
    assert found.high == pytest.approx(values.mean() + reach, abs=0.08 * reach)


def test_a_few_rows_leave_more_in_doubt_than_many() -> None:
    many = RANDOM.normal(0.4, 0.2, 800)
    (few,) = of_means(many[None, :8])
    (all_of_them,) = of_means(many[None, :])
    assert few.high - few.low > 4 * (all_of_them.high - all_of_them.low)


def test_both_models_are_judged_by_the_same_drawn_rows() -> None:
    base = RANDOM.uniform(0, 0.9, 50)
    before, after, gain = of_means(np.array([base, base + 0.1, base * 0 + 0.1]))
    assert after.low - before.low == pytest.approx(0.1, abs=1e-5)
    assert after.high - before.high == pytest.approx(0.1, abs=1e-5)
    assert before.high - before.low > 0.05
    assert (gain.low, gain.high) == pytest.approx((0.1, 0.1)), "each row gained the same"


def test_every_score_has_an_interval_on_each_side() -> None:
    comparison = a_comparison()
    intervals = comparison.measured(seed=1).intervals
    base, trained = (side.scores().as_json() for side in comparison)
    assert set(intervals["gain"]) == set(base) - {"numSamples"}
    for name, gain in intervals["gain"].items():
        assert intervals["base"][name].value == base[name]
        assert intervals["trained"][name].value == trained[name]
        assert gain.value == pytest.approx(
            float(str(trained[name])) - float(str(base[name])), abs=2e-6
        )
        assert gain.low < gain.value < gain.high


def test_the_status_shows_the_gains() -> None:
    comparison = a_comparison()
    intervals = comparison.measured(seed=1).intervals
    gain = comparison.metrics(intervals).gain
    assert gain is not None
    assert gain.mrr10 == intervals["gain"]["mrr10"]
    assert gain.triplet_accuracy == intervals["gain"]["tripletAccuracy"]
    assert gain.spearman_correlation == intervals["gain"]["spearmanCorrelation"]


def test_a_gate_finds_the_interval_of_its_confidence() -> None:
    measured = a_comparison().measured(seed=1)
    for metric, by_confidence in measured.gates.items():
        assert by_confidence["0.95"] == measured.intervals["gain"][metric]
        widths = [by_confidence[f"{c:g}"].high - by_confidence[f"{c:g}"].low for c in CONFIDENCES]
        assert widths == sorted(set(widths)), "the surer, the wider"


def test_a_ratio_whose_divisor_may_be_zero_has_no_interval() -> None:
    ranks = [1, 2, 3, 4]
    near = row_scores(ranks, negative=0.3)
    sides = np.array([0.9, 0.9, 0.9, -0.9], dtype=np.float32)
    unsure = RowScores(near.rank, near.positive, sides)
    assert unsure.scores().similarity_ratio == pytest.approx(0.6 / 0.45)
    intervals = Comparison(near, unsure).measured(seed=1).intervals
    assert "similarityRatio" in intervals["base"]
    assert "similarityRatio" not in intervals["trained"]
    assert "similarityRatio" not in intervals["gain"]


def test_a_model_alone_has_the_intervals_that_it_has_beside_another() -> None:
    comparison = a_comparison()
    alone = intervals_of_one(comparison.trained, seed=1)
    assert alone == {"trained": comparison.measured(seed=1).intervals["trained"]}


def test_the_seed_decides_the_draws() -> None:
    comparison = a_comparison()
    assert comparison.measured(seed=1) == comparison.measured(seed=1)
    assert comparison.measured(seed=1) != comparison.measured(seed=2)


def test_a_single_row_has_no_ends_but_itself() -> None:
    measured = Comparison(row_scores([2]), row_scores([1])).measured(seed=1)
    gain = measured.intervals["gain"]["mrr10"]
    assert (gain.value, gain.low, gain.high) == (0.5, 0.5, 0.5)


def test_95_of_100_intervals_hold_the_true_gain() -> None:
    """Of 1,000 sets of 200 rows; docs/evaluation.md has more scores and numbers of rows."""
    sets, rows, rng = 1000, 200, np.random.default_rng(7)
    scores = (correct, reciprocal_rank)

    def gains(count: int) -> NDArray[np.float64]:
        base, trained = two_models(rng, count)
        return np.array([score(trained) - score(base) for score in scores])

    truth = gains(500_000).mean(axis=1)
    found = of_means(gains(sets * rows).reshape(len(scores) * sets, rows))
    for number, gain in enumerate(truth):
        held = sum(
            one.low <= gain <= one.high for one in found[number * sets : (number + 1) * sets]
        )
        assert 0.93 <= held / sets <= 0.97
