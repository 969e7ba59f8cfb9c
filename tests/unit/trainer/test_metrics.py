"""The scores against computations that share no code with them."""

import math

import numpy as np
import pytest
from scipy.stats import spearmanr  # type: ignore[import-untyped]

from sbert_api.v1alpha1.scores import Scores
from sbert_trainer.metrics import Matrix, RankedRows, score_rows
from tests.unit.trainer.reports import row_scores

RANDOM = np.random.default_rng(7)


def cosine(a: Matrix, b: Matrix) -> float:
    return float(
        sum(x * y for x, y in zip(a, b, strict=True))
        / (math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(y * y for y in b)))
    )


def rows_of(*triplets: tuple[int, int, int]) -> RankedRows:
    return RankedRows(*(np.array(column, dtype=np.intp) for column in zip(*triplets, strict=True)))


def score(questions: Matrix, candidates: Matrix, rows: RankedRows) -> Scores:
    return score_rows(questions, candidates, rows).scores()


def test_scores_equal_those_of_a_plain_loop() -> None:
    questions = RANDOM.normal(size=(30, 5)).astype(np.float32)
    candidates = RANDOM.normal(size=(50, 5)).astype(np.float32)
    triplets = [(n, int(p), int(q)) for n, (p, q) in enumerate(RANDOM.integers(0, 50, (30, 2)))]
    hits, reciprocal, gain, positive, negative = 0, 0.0, 0.0, 0.0, 0.0
    for n, p, q in triplets:
        similarity = [cosine(questions[n], candidate) for candidate in candidates]
        order = sorted(range(50), key=lambda c: -similarity[c])
        rank = order.index(p) + 1
        hits += similarity[p] > similarity[q]
        positive += similarity[p]
        negative += similarity[q]
        if rank <= 10:
            reciprocal += 1 / rank
            gain += math.log(2) / math.log(rank + 1)
    found = score(questions, candidates, rows_of(*triplets))
    assert found.triplet_accuracy == pytest.approx(hits / 30, abs=1e-6)
    assert found.mrr10 == pytest.approx(reciprocal / 30, abs=1e-6)
    assert found.ndcg10 == pytest.approx(gain / 30, abs=1e-6)
    assert found.avg_positive_similarity == pytest.approx(positive / 30, abs=1e-5)
    assert found.avg_negative_similarity == pytest.approx(negative / 30, abs=1e-5)
    assert found.margin == pytest.approx((positive - negative) / 30, abs=1e-5)
    assert found.num_samples == 30


def test_the_rank_correlation_is_scipy_s_over_all_pairs() -> None:
    questions = RANDOM.normal(size=(40, 5)).astype(np.float32)
    candidates = RANDOM.normal(size=(50, 5)).astype(np.float32)
    triplets = [(n, int(p), int(q)) for n, (p, q) in enumerate(RANDOM.integers(0, 50, (40, 2)))]
    pairs = [(cosine(questions[n], candidates[p]), 1) for n, p, _ in triplets]
    pairs += [(cosine(questions[n], candidates[q]), 0) for n, _, q in triplets]
    expected = spearmanr(np.array(pairs)).statistic
    found = score(questions, candidates, rows_of(*triplets))
    assert found.spearman_correlation == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("negative", "ratio"),
    [
        pytest.param(0.3, 2.0, id="a ratio"),
        pytest.param(0.0101, 59.40594, id="nearly the largest"),
        pytest.param(0.0099, None, id="too near zero to say anything"),
        pytest.param(-0.3, None, id="below zero"),
    ],
)
def test_the_similarity_ratio_is_left_out_where_it_says_nothing(
    negative: float, ratio: float | None
) -> None:
    found = row_scores([1, 2], positive=0.6, negative=negative).scores().similarity_ratio
    assert found == pytest.approx(ratio, abs=1e-4) if ratio else found is None


@pytest.mark.parametrize(
    ("rank", "mrr", "ndcg"),
    [(1, 1.0, 1.0), (2, 0.5, 0.63093), (10, 0.1, 0.289065), (11, 0.0, 0.0)],
)
def test_a_positive_at_a_rank_is_worth(rank: int, mrr: float, ndcg: float) -> None:
    angles = np.linspace(0.1, 1.2, 12)
    candidates = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    question = np.array([[1.0, 0.0]], dtype=np.float32)
    found = score(question, candidates, rows_of((0, rank - 1, 11)))
    assert found.mrr10 == pytest.approx(mrr, abs=1e-6)
    assert found.ndcg10 == pytest.approx(ndcg, abs=1e-6)


def test_a_model_that_maps_all_texts_to_one_point_earns_nothing() -> None:
    same = np.ones((20, 3), dtype=np.float32)
    found = score(same[:1], same, rows_of((0, 0, 1)))
    assert (found.triplet_accuracy, found.mrr10, found.ndcg10) == (0, 0, 0)


def test_more_rows_than_are_ranked_at_once_are_all_counted() -> None:
    questions = np.array([[1.0, 0.0]], dtype=np.float32)
    candidates = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    found = score(questions, candidates, rows_of(*[(0, 0, 1)] * 1500, *[(0, 1, 0)] * 1500))
    assert found.triplet_accuracy == 0.5
    assert found.mrr10 == 0.75


def test_an_embedding_of_length_zero_breaks_nothing() -> None:
    zero = np.zeros((1, 2), dtype=np.float32)
    candidates = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    assert score(zero, candidates, rows_of((0, 0, 1))).avg_positive_similarity == 0
