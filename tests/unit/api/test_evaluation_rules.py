"""The rules of an EvaluationTask over several fields, at the desk: the same as the CRD's."""

from typing import Any

import pytest

from sbert_api.crd import build_crd
from sbert_api.kinds import EVALUATION_TASK
from sbert_api.v1alpha1.evaluation_rules import broken_evaluation_rules
from sbert_api.v1alpha1.evaluation_task import EvaluationTaskSpec
from tests.integration.bad_evaluations import BAD_EVALUATIONS, GOOD_EVALUATIONS, an_evaluation


def broken(fields: dict[str, Any]) -> list[tuple[str, str]]:
    spec = EvaluationTaskSpec.model_validate(an_evaluation(**fields)["spec"])
    return broken_evaluation_rules(spec)


BROKEN = [
    row
    for row in BAD_EVALUATIONS
    if row.id
    in {
        *("two-data-sources", "no-data-source", "no-model", "gate-without-baseline"),
        *("baseline-is-the-model", "gpu-on-cpu"),
    }
]


def test_every_rule_of_the_crd_is_known_at_the_desk_in_its_words() -> None:
    schema = build_crd(EVALUATION_TASK)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    rules = {
        (rule["fieldPath"].removeprefix("."), rule["message"])
        for rule in schema["properties"]["spec"]["x-kubernetes-validations"]
    }
    assert {one for row in BROKEN for one in broken(row.spec)} == rules


@pytest.mark.parametrize("row", BROKEN, ids=lambda row: row.id)
def test_a_broken_rule_is_said_by_its_field(row: Any) -> None:
    ((field, words),) = broken(row.spec)
    assert f"spec.{field}" == row.message[0]
    assert row.message[1] in words


@pytest.mark.parametrize("fields", GOOD_EVALUATIONS.values(), ids=GOOD_EVALUATIONS)
def test_a_good_spec_breaks_none(fields: dict[str, Any]) -> None:
    assert broken(fields) == []
