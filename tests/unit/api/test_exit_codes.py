"""The table of exit codes: complete, unique, with a hint for each reason that ends a task."""

import re

import pytest

from sbert_api import exit_codes, reasons
from sbert_api.exit_codes import EXIT_CODES, Retry
from sbert_api.kinds import KINDS, TRAINING_TASK, Kind
from sbert_api.reasons import Reason


def test_codes_and_reasons_are_unique() -> None:
    assert len({row.code for row in EXIT_CODES}) == len(EXIT_CODES)
    assert len({row.reason for row in EXIT_CODES}) == len(EXIT_CODES)


@pytest.mark.parametrize("row", EXIT_CODES, ids=lambda row: row.reason)
def test_each_row_reads_both_ways(row: exit_codes.ExitCode) -> None:
    assert exit_codes.reason_of(row.code) is row.reason
    assert exit_codes.code_of(row.reason) == row.code


@pytest.mark.parametrize("code", [3, 99, 139, 143, 255])
def test_an_unknown_code_is_a_crash(code: int) -> None:
    assert exit_codes.reason_of(code) is Reason.CRASHED


def test_only_failures_that_would_repeat_are_permanent() -> None:
    assert exit_codes.PERMANENT_CODES == (2, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 124)
    counted = {row.reason for row in EXIT_CODES if row.retry is Retry.COUNTS}
    assert {Reason.INTERRUPTED, Reason.DISK_FULL, Reason.STORAGE, Reason.KILLED} <= counted


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_that_ends_a_task_has_a_hint(reason: Reason) -> None:
    no_hint_needed = {
        *(Reason.QUEUED, Reason.VALIDATING, Reason.VALIDATED, Reason.NOT_VALIDATED),
        *(Reason.TRAINING, Reason.PUBLISHED, Reason.REUSED),
        *(Reason.SUSPENDED, Reason.REPLACING),
        *(Reason.EVALUATED, Reason.EVALUATING, Reason.AWAITING_TRAINING),
        Reason.QUALITY_GATE_PASSED,
    }
    assert (reason in reasons.HINTS) == (reason not in no_hint_needed)


@pytest.mark.parametrize(
    "reason",
    [
        *(Reason.DISK_FULL, Reason.STORAGE, Reason.GPU_UNAVAILABLE, Reason.OUTPUT_LOCKED),
        *(Reason.KILLED, Reason.CRASHED, Reason.RETRIES_EXHAUSTED, Reason.INTERNAL_ERROR),
        *(Reason.USAGE_ERROR, Reason.INVALID_RESULT, Reason.MODEL_NOT_PUBLISHED),
        *(Reason.DATASET_NOT_FOUND, Reason.DATASET_VALIDATION, Reason.JOB_REFUSED),
        *(Reason.INVALID_MODEL_ID, Reason.MODEL_WEIGHTS_NOT_FOUND, Reason.TRAINING_TASK_NOT_FOUND),
    ],
)
def test_what_is_mended_outside_the_spec_is_run_again_by_a_command(reason: Reason) -> None:
    assert reasons.RUN_AGAIN in reasons.HINTS[reason]


@pytest.mark.parametrize("reason", reasons.HINTS)
def test_a_status_has_room_for_each_hint_of_the_longest_name(reason: Reason) -> None:
    assert len(reasons.HINTS[reason].replace(reasons.TASK, f"tt {'x' * 253}")) <= 512


FIELD = re.compile(r"\b[a-z]+[A-Z]\w+")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_hints_name_only_fields_of_the_kind(kind: Kind) -> None:
    spec = kind.model.model_fields["spec"].annotation
    assert spec
    fields = {str(field.alias) for field in spec.model_fields.values()} | {"restartedAt"}
    of_others = {Reason.OUTPUT_CONFLICT, Reason.INVALID_HYPERPARAMETERS, Reason.NON_FINITE_LOSS}
    if kind is TRAINING_TASK:
        of_others = {Reason.TRAINING_TASK_NOT_FOUND}
    named = {r: set(FIELD.findall(hint)) - fields for r, hint in kind.hints.items()}
    assert {
        reason: found for reason, found in named.items() if found and reason not in of_others
    } == {}
