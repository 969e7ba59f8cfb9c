"""What the API server refuses is refused at the desk, by the same fields and rules."""

from typing import Any

import pytest

from sbert_trainer.forms import EVALUATION, TRAINING
from sbert_trainer.task_faults import check_task
from tests.integration.bad_evaluations import BAD_EVALUATIONS, GOOD_EVALUATIONS, an_evaluation
from tests.integration.bad_specs import BAD_SPECS, BadSpec, a_task

ONLY_IN_A_CLUSTER = {"S20-part-gpu", "S20-memory", "S20-request-over-limit"}
"""Rules of resources, which are not used at the desk."""


def faults(task: dict[str, Any]) -> list[str]:
    return [str(fault) for fault in check_task(task, TRAINING)[1]]


def faults_of_evaluation(task: dict[str, Any]) -> list[str]:
    return [str(fault) for fault in check_task(task, EVALUATION)[1]]


@pytest.mark.parametrize(
    "row", [row for row in BAD_SPECS if row.id not in ONLY_IN_A_CLUSTER], ids=lambda row: row.id
)
def test_a_bad_spec_is_refused_by_the_name_of_its_field(row: BadSpec) -> None:
    found = faults(a_task(**row.spec))
    assert any(row.message[0] in fault for fault in found), found


@pytest.mark.parametrize("row", BAD_EVALUATIONS, ids=lambda row: row.id)
def test_a_bad_evaluation_is_refused_by_the_name_of_its_field(row: BadSpec) -> None:
    found = faults_of_evaluation(an_evaluation(**row.spec))
    assert any(all(words in fault for words in row.message) for fault in found), found


@pytest.mark.parametrize("spec", GOOD_EVALUATIONS.values(), ids=GOOD_EVALUATIONS)
def test_a_good_evaluation_has_no_faults(spec: dict[str, Any]) -> None:
    assert faults_of_evaluation(an_evaluation(**spec)) == []


@pytest.mark.parametrize(
    ("gate", "fault"),
    [
        ({"confidence": 0.94}, "confidence: expected one of 0.8, 0.9, 0.95, 0.99, found 0.94"),
        ({"minGian": 0.1}, "minGian: unknown field, did you mean minGain?"),
    ],
)
def test_a_fault_of_a_gate_says_what_was_expected(gate: dict[str, Any], fault: str) -> None:
    assert faults(a_task(promoteIf=gate)) == [f"spec.promoteIf.{fault}"]


@pytest.mark.parametrize("row_id", ["duplicate-dataset", "only-validation", "gpu-on-cpu"])
def test_a_broken_rule_is_said_in_the_words_of_the_api_server(row_id: str) -> None:
    (row,) = [row for row in BAD_SPECS if row.id == row_id]
    (fault,) = faults(a_task(**row.spec))
    field, words = row.message
    assert fault.startswith(f"{field}: ")
    assert words in fault


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ({"epcohs": 3}, "spec.epcohs: unknown field, did you mean epochs?"),
        ({"zzz": 3}, "spec.zzz: unknown field"),
        (
            {"storage": {"modles": {"claimName": "x"}}},
            "spec.storage.modles: unknown field, did you mean models?",
        ),
        ({"modelTag": None}, "spec.modelTag: is missing"),
        ({"epochs": 0}, "spec.epochs: expected greater than or equal to 1, found 0"),
        (
            {"modelTag": "{{ model }}"},
            "spec.modelTag: String should match pattern"
            " '^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(/[A-Za-z0-9]([A-Za-z0-9._-]*"
            "[A-Za-z0-9])?){0,3}$', found '{{ model }}'",
        ),
        (
            {"learningRate": float("nan")},
            "spec.learningRate: expected less than or equal to 1, found nan",
        ),
    ],
)
def test_a_fault_says_what_was_expected_and_what_was_found(
    spec: dict[str, Any], fault: str
) -> None:
    assert faults(a_task(**spec)) == [fault]


def test_all_faults_are_said_at_once() -> None:
    task = a_task(epochs=0, seed=-1) | {"apiVersion": "v1", "metadata": {"name": "No"}}
    assert [fault.partition(":")[0] for fault in faults(task)] == [
        "apiVersion",
        "metadata.name",
        "spec.epochs",
        "spec.seed",
    ]


@pytest.mark.parametrize("name", ["a" * 201, "A", "a_b", "-a", "", 7, None])
def test_a_name_that_the_api_server_refuses_is_refused(name: object) -> None:
    (fault,) = faults(a_task() | {"metadata": {"name": name}})
    assert fault.startswith("metadata.name: expected at most 200 lower-case letters")


@pytest.mark.parametrize("spec", [None, [], "text"])
def test_a_spec_that_is_no_mapping_is_refused(spec: object) -> None:
    assert faults(a_task() | {"spec": spec}) == ["spec: expected a mapping of fields"]


def test_null_is_as_if_the_field_were_not_there() -> None:
    task = a_task()
    task["spec"]["epochs"] = None
    spec, found = check_task(task, TRAINING)
    assert found == []
    assert spec is not None
    assert spec.epochs == 1
