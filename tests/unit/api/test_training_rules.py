"""The rules over several fields, at the desk: the same as the CRD's."""

from typing import Any

import pytest

from sbert_api.crd import build_crd
from sbert_api.kinds import TRAINING_TASK
from sbert_api.v1alpha1.training_rules import broken_rules
from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from tests.integration.bad_specs import BAD_SPECS, a_task


def broken(**fields: Any) -> list[tuple[str, str]]:
    return broken_rules(TrainingTaskSpec.model_validate(a_task(**fields)["spec"]))


def rules_of_the_crd() -> list[dict[str, str]]:
    schema = build_crd(TRAINING_TASK)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    found: list[dict[str, str]] = schema["properties"]["spec"]["x-kubernetes-validations"]
    return found


BROKEN: dict[str, dict[str, Any]] = {
    "trainDatasetIds": {"trainDatasetIds": ["a", "b", "a"]},
    "valDatasetId": {"trainDatasetIds": ["a"], "valDatasetId": "a"},
    "resources": {"device": "cpu", "resources": {"limits": {"nvidia.com/gpu": 1}}},
}


@pytest.mark.parametrize("field", BROKEN)
def test_a_broken_rule_is_said_by_its_field_in_the_words_of_the_crd(field: str) -> None:
    ((found, words),) = broken(**BROKEN[field])
    assert found == field
    assert {"fieldPath": f".{field}", "message": words} in [
        {key: rule.get(key) for key in ("fieldPath", "message")} for rule in rules_of_the_crd()
    ]


def test_every_rule_of_the_spec_is_known_at_the_desk() -> None:
    words = {rule["message"] for rule in rules_of_the_crd()}
    said = {words for fields in BROKEN.values() for _, words in broken(**fields)}
    assert words == said


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"trainDatasetIds": ["a", "b"], "valDatasetId": "a"},
        {"device": "cpu", "resources": {"limits": {"cpu": 2}}},
        {"device": "cuda", "resources": {"limits": {"nvidia.com/gpu": 1}}},
        {"device": "cpu", "resources": {"requests": {"memory": "1Gi"}}},
    ],
)
def test_a_good_spec_breaks_none(fields: dict[str, Any]) -> None:
    assert broken(**fields) == []


def test_the_rows_of_the_catalogue_that_are_rules_are_broken_here_too() -> None:
    by_id = {row.id: row for row in BAD_SPECS}
    for row in ("duplicate-dataset", "only-validation", "gpu-on-cpu"):
        ((field, words),) = broken(**by_id[row].spec)
        assert f"spec.{field}" == by_id[row].message[0]
        assert by_id[row].message[1] in words
