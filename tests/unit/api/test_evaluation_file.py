"""What a pod is told to evaluate, made of the spec and of the task that it refers to."""

from typing import Any

import pytest

from sbert_api.evaluation_file import EvaluationFile, Task, Trained, build_evaluation_file
from sbert_api.v1alpha1.evaluation_task import EvaluationTaskSpec
from tests.integration.bad_evaluations import BY_REFERENCE, an_evaluation

TASK = Task(name="nightly", namespace="team", uid="u-1", run_key="0123456789abcdef")
TRAINED = Trained(model_id="trained_models/new", base_model_tag="base")


def build(trained: Trained | None, **fields: Any) -> EvaluationFile:
    spec = EvaluationTaskSpec.model_validate(an_evaluation(**fields)["spec"])
    return build_evaluation_file(TASK, spec, trained)


@pytest.mark.parametrize(
    ("fields", "trained", "expected"),
    [
        pytest.param({}, None, ("trained_models/new", None, None), id="model alone"),
        pytest.param(
            {"baselineModelTag": "old"}, None, ("trained_models/new", "old", None), id="baseline"
        ),
        pytest.param(
            BY_REFERENCE,
            TRAINED,
            ("trained_models/new", "base", "trained_models/new"),
            id="all by reference",
        ),
        pytest.param(
            BY_REFERENCE | {"baselineModelTag": "last-year"},
            TRAINED,
            ("trained_models/new", "last-year", "trained_models/new"),
            id="another baseline",
        ),
        pytest.param(
            BY_REFERENCE | {"modelTag": "rival"},
            TRAINED,
            ("rival", "base", "trained_models/new"),
            id="another model on its rows",
        ),
        pytest.param(
            BY_REFERENCE | {"modelTag": "base"},
            TRAINED,
            ("base", "base", "trained_models/new"),
            id="the base model is no better than itself",
        ),
    ],
)
def test_the_models_and_the_rows_are_those_of_the_spec_or_of_the_reference(
    fields: dict[str, Any], trained: Trained | None, expected: tuple[str | None, ...]
) -> None:
    found = build(trained, **fields)
    assert (found.model_tag, found.baseline_model_tag, found.validation_of) == expected
    assert (found.name, found.namespace, found.uid, found.run_key) == TASK


def test_it_comes_back_from_its_json() -> None:
    said = build(TRAINED, **BY_REFERENCE, passIf={"minGain": 0.01})
    assert EvaluationFile.model_validate_json(said.model_dump_json(by_alias=True)) == said
