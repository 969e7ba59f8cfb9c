"""The losses on given embeddings, against plain formulas."""

import math
from typing import Any

import pytest
import torch
from sentence_transformers.base.sampler import BatchSamplers
from torch import Tensor

from sbert_trainer.losses import batch_sampler, build_loss
from sbert_trainer.model import load_model
from sbert_trainer.prepare import Volumes
from sbert_trainer.sampler import ApartBatchSampler
from tests.unit.trainer.builders import a_spec

torch.manual_seed(3)
ANCHORS, POSITIVES, NEGATIVES = torch.randn(3, 5, 8).unbind()


def cosine(one: Tensor, other: Tensor) -> float:
    return float(one @ other / (one.norm() * other.norm()))


def loss_of(volumes: Volumes, **fields: Any) -> float:
    loss: Any = build_loss(load_model(volumes.models / "base", "cpu"), a_spec(**fields))
    return float(loss.compute_loss_from_embeddings([ANCHORS, POSITIVES, NEGATIVES], None))


@pytest.mark.parametrize("margin", [0.1, 0.5])
def test_triplet_loss_is_the_hinge_of_cosine_distances(volumes: Volumes, margin: float) -> None:
    hinges = [
        max(0.0, (1 - cosine(a, p)) - (1 - cosine(a, n)) + margin)
        for a, p, n in zip(ANCHORS, POSITIVES, NEGATIVES, strict=True)
    ]
    found = loss_of(volumes, loss="TripletLoss", tripletMargin=margin)
    assert found == pytest.approx(sum(hinges) / len(hinges), abs=1e-5)


def test_the_ranking_loss_takes_all_answers_of_the_batch_for_choices(volumes: Volumes) -> None:
    """Cross entropy of the own positive among all positives and all hard negatives, scale 20."""
    expected = 0.0
    for number, anchor in enumerate(ANCHORS):
        choices = [20 * cosine(anchor, other) for other in [*POSITIVES, *NEGATIVES]]
        expected += math.log(sum(map(math.exp, choices))) - choices[number]
    found = loss_of(volumes, loss="MultipleNegativesRankingLoss")
    assert found == pytest.approx(expected / len(ANCHORS), abs=1e-4)


def test_rows_with_a_common_text_do_not_meet_in_a_batch_of_a_ranking_loss() -> None:
    assert batch_sampler("TripletLoss") is BatchSamplers.BATCH_SAMPLER
    assert batch_sampler("MultipleNegativesRankingLoss") is ApartBatchSampler
    assert batch_sampler("CachedMultipleNegativesRankingLoss") is ApartBatchSampler
