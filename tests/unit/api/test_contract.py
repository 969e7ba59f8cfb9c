"""The contract's models: strict where a person wrote, tolerant where versions differ."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from sbert_api import yaml12
from sbert_api.kinds import KINDS
from sbert_api.v1alpha1.training_task import TrainingTaskSpec

EXAMPLES = Path(__file__).parents[3] / "examples"


def a_spec(**fields: Any) -> dict[str, Any]:
    return {"modelTag": "models--org--name", "trainDatasetIds": ["faq"], **fields}


def test_defaults_are_the_documented_ones() -> None:
    spec = TrainingTaskSpec.model_validate(a_spec())
    assert (spec.epochs, spec.per_device_train_batch_size, spec.learning_rate) == (1, 8, 2e-5)
    assert (spec.optimizer_name, spec.scheduler, spec.device) == ("AdamW", "warmuplinear", "cuda")
    assert spec.timeout_seconds == 7200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", "3"),
        ("epochs", 1.5),
        ("epochs", 0),
        ("learningRate", "2e-5"),
        ("learningRate", 0),
        ("useAmp", "yes"),
        ("device", "gpu"),
        ("modelTag", "../x"),
        ("trainDatasetIds", []),
        ("seed", -1),
    ],
)
def test_a_wrong_value_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        TrainingTaskSpec.model_validate(a_spec(**{field: value}))
    assert caught.value.errors()[0]["loc"][0] == field


def test_an_unknown_field_is_ignored_in_the_cluster_and_forbidden_at_the_desk() -> None:
    data = a_spec(epcohs=3)
    assert TrainingTaskSpec.model_validate(data).epochs == 1
    with pytest.raises(ValidationError, match="epcohs"):
        TrainingTaskSpec.model_validate(data, extra="forbid")


@pytest.mark.parametrize("text", ["2e-5", "2E-5", "2.0e-05", "0.00002", "+2e-5", ".2e-4"])
def test_a_learning_rate_is_a_number_however_it_is_written(text: str) -> None:
    assert yaml12.load_all(f"learningRate: {text}") == [{"learningRate": 2e-5}]


def test_words_that_look_like_numbers_stay_words() -> None:
    assert yaml12.load_all("[e5, 2e, '2e-5', 1e5x]") == [["e5", "2e", "2e-5", "1e5x"]]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_every_example_is_a_task_of_the_contract(path: Path) -> None:
    models = {kind.name: kind.model for kind in KINDS}
    for document in yaml12.load_all(path.read_text()):
        without_metadata = {key: value for key, value in document.items() if key != "metadata"}
        models[document["kind"]].model_validate(without_metadata, extra="forbid")


def test_the_full_example_sets_all_21_parameters_and_two_of_ours() -> None:
    (document,) = yaml12.load_all((EXAMPLES / "full.yaml").read_text())
    assert len(document["spec"]) == 23
    assert {"earlyStoppingPatience", "forwardPass"} <= set(document["spec"])
