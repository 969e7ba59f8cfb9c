"""What is said when a batch does not fit the GPU."""

from typing import Any

import pytest

from sbert_trainer.gpu_memory import gpu_out_of_memory
from tests.unit.trainer.builders import a_spec


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        pytest.param(
            {"loss": "MultipleNegativesRankingLoss", "perDeviceTrainBatchSize": 64},
            "Set loss to CachedMultipleNegativesRankingLoss: the same batch and result, with the"
            " memory of 32 triplets. Or set perDeviceTrainBatchSize to 32 and"
            " gradientAccumulationSteps to 2.",
            id="a loss that has a cached form",
        ),
        pytest.param(
            {"loss": "MultipleNegativesRankingLoss", "perDeviceTrainBatchSize": 32},
            "Set perDeviceTrainBatchSize to 16 and gradientAccumulationSteps to 2.",
            id="a batch that the cached form would not cut up",
        ),
        pytest.param(
            {"loss": "TripletLoss", "perDeviceTrainBatchSize": 64},
            "Set perDeviceTrainBatchSize to 32 and gradientAccumulationSteps to 2.",
            id="half the batch, twice as often",
        ),
        pytest.param(
            {
                "loss": "TripletLoss",
                "perDeviceTrainBatchSize": 5,
                "gradientAccumulationSteps": 3,
            },
            "Set perDeviceTrainBatchSize to 2 and gradientAccumulationSteps to 8.",
            id="an odd batch is rounded down, its steps up",
        ),
        pytest.param(
            {"loss": "CachedMultipleNegativesRankingLoss", "perDeviceTrainBatchSize": 8},
            "Set perDeviceTrainBatchSize to 4 and gradientAccumulationSteps to 2.",
            id="the cached loss with a small batch",
        ),
        pytest.param(
            {"loss": "CachedMultipleNegativesRankingLoss", "perDeviceTrainBatchSize": 256},
            "Set perDeviceTrainBatchSize to 16 and gradientAccumulationSteps to 16.",
            id="the cached loss holds 32 triplets of a large batch",
        ),
        pytest.param(
            {"perDeviceTrainBatchSize": 1},
            "Lower maxSeqLength, or take a GPU with more memory.",
            id="one row",
        ),
    ],
)
def test_the_hint_keeps_the_number_of_rows_of_a_step(fields: dict[str, Any], hint: str) -> None:
    error = gpu_out_of_memory(a_spec(**fields))
    batch = fields["perDeviceTrainBatchSize"]
    assert error.message == f"a batch of {batch} triplets does not fit the GPU's memory"
    assert error.hint == hint
