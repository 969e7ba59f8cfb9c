"""Parameters that were set and change nothing are named."""

from typing import Any

import pytest

from sbert_trainer.idle_parameters import idle_parameters
from tests.unit.trainer.builders import a_spec

STEPS = 20


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        (
            {"tripletMargin": 0.2, "loss": "MultipleNegativesRankingLoss"},
            "tripletMargin has no effect: loss is MultipleNegativesRankingLoss, only TripletLoss"
            " has a margin",
        ),
        (
            {"validationFraction": 0.2, "valDatasetId": "held-out"},
            "validationFraction has no effect: valDatasetId names the validation set, held-out",
        ),
        (
            {"scheduler": "warmupcosine", "warmupSteps": 20},
            "scheduler has no effect: warmupSteps takes all 20 steps of the run",
        ),
        (
            {"evaluationSteps": 21},
            "evaluationSteps has no effect: the run has 20 steps; the model is scored once, after"
            " the last",
        ),
        (
            {"saveOptimizerState": True, "optimizerName": "SGD"},
            "saveOptimizerState has no effect: SGD has no state",
        ),
        (
            {"earlyStoppingPatience": 3, "epochs": 4},
            "earlyStoppingPatience has no effect: the run has only 4 evaluations",
        ),
        (
            {"earlyStoppingPatience": 2, "evaluationSteps": 7},
            "earlyStoppingPatience has no effect: the run has only 3 evaluations",
        ),
    ],
)
def test_a_parameter_without_effect_is_named_with_the_reason(
    fields: dict[str, Any], warning: str
) -> None:
    assert idle_parameters(a_spec(**fields), STEPS) == [warning]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"loss": "TripletLoss", "tripletMargin": 0.2},
        {"loss": "MultipleNegativesRankingLoss", "tripletMargin": 0.1},
        {"validationFraction": 0.2},
        {"validationFraction": 0.1, "valDatasetId": "held-out"},
        {"scheduler": "warmupcosine", "warmupSteps": 19},
        {"warmupSteps": 20},
        {"evaluationSteps": 20},
        {"saveOptimizerState": True},
        {"optimizerName": "SGD"},
        {"earlyStoppingPatience": 2, "epochs": 4},
        {"earlyStoppingPatience": 1, "evaluationSteps": 7},
    ],
)
def test_parameters_that_matter_or_are_not_set_are_not_named(fields: dict[str, Any]) -> None:
    assert idle_parameters(a_spec(**fields), STEPS) == []
