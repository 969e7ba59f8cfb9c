"""Optimizer steps of a run, against counting them."""

from typing import Any

import pytest

from sbert_trainer.errors import InvalidHyperparametersError
from sbert_trainer.steps import check_parameters, total_steps
from tests.unit.trainer.builders import a_spec, a_triplet


@pytest.mark.parametrize(
    ("rows", "fields", "steps"),
    [
        (80, {"perDeviceTrainBatchSize": 8}, 10),
        (81, {"perDeviceTrainBatchSize": 8}, 11),
        (81, {"perDeviceTrainBatchSize": 8, "epochs": 3}, 33),
        (81, {"perDeviceTrainBatchSize": 8, "gradientAccumulationSteps": 4}, 3),
        (81, {"perDeviceTrainBatchSize": 8, "gradientAccumulationSteps": 4, "epochs": 2}, 6),
        (1, {"perDeviceTrainBatchSize": 65536}, 1),
    ],
)
def test_steps_are_batches_by_accumulation_by_epochs(
    rows: int, fields: dict[str, Any], steps: int
) -> None:
    assert total_steps(a_spec(**fields), [a_triplet(n).texts for n in range(rows)]) == steps


@pytest.mark.parametrize(
    ("fields", "steps"),
    [
        ({"loss": "MultipleNegativesRankingLoss"}, 40),
        ({"loss": "CachedMultipleNegativesRankingLoss"}, 40),
        ({"loss": "MultipleNegativesRankingLoss", "gradientAccumulationSteps": 3}, 14),
        ({"loss": "TripletLoss"}, 14),
    ],
)
def test_rows_with_a_common_question_need_batches_of_their_own_for_a_ranking_loss(
    fields: dict[str, Any], steps: int
) -> None:
    rows = [a_triplet(n, question=f"Question {n % 5}?").texts for n in range(100)]
    assert total_steps(a_spec(perDeviceTrainBatchSize=16, epochs=2, **fields), rows) == steps


def test_a_warm_up_longer_than_the_run_is_refused_with_both_numbers() -> None:
    with pytest.raises(InvalidHyperparametersError) as caught:
        check_parameters(a_spec(warmupSteps=11), steps=10)
    assert caught.value.message == (
        "warmupSteps: found 11, expected at most 10, the optimizer steps of 1 epochs"
    )


def test_a_warm_up_as_long_as_the_run_is_allowed() -> None:
    check_parameters(a_spec(warmupSteps=10), steps=10)
