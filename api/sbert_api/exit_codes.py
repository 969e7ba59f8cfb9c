"""The trainer's exit codes: one table that operator, trainer, chart and documentation read.

A code is never used twice and never changes its meaning: Jobs of older versions may still run.
"""

from dataclasses import dataclass
from enum import Enum

from sbert_api.reasons import Reason


class Retry(Enum):
    """What a Job does when an attempt ends with a code."""

    NO = "no"
    """The next attempt would fail the same way: the Job fails at once."""
    COUNTS = "counts"
    """Try again; the attempt counts against backoffLimit."""


@dataclass(frozen=True)
class ExitCode:
    """One row: the code of a container, the reason it stands for, and whether to try again."""

    code: int
    reason: Reason
    retry: Retry


EXIT_CODES: tuple[ExitCode, ...] = (
    ExitCode(0, Reason.PUBLISHED, Retry.NO),
    ExitCode(1, Reason.INTERNAL_ERROR, Retry.COUNTS),
    ExitCode(2, Reason.USAGE_ERROR, Retry.NO),
    ExitCode(10, Reason.INVALID_DATASET_ID, Retry.NO),
    ExitCode(11, Reason.INVALID_MODEL_ID, Retry.NO),
    ExitCode(12, Reason.DATASET_NOT_FOUND, Retry.NO),
    ExitCode(13, Reason.MODEL_WEIGHTS_NOT_FOUND, Retry.NO),
    ExitCode(14, Reason.TRAINING_TASK_NOT_FOUND, Retry.NO),
    ExitCode(15, Reason.DATASET_VALIDATION, Retry.NO),
    ExitCode(16, Reason.INVALID_HYPERPARAMETERS, Retry.NO),
    ExitCode(17, Reason.NON_FINITE_LOSS, Retry.NO),
    ExitCode(18, Reason.GPU_OUT_OF_MEMORY, Retry.NO),
    ExitCode(19, Reason.OUTPUT_CONFLICT, Retry.NO),
    ExitCode(30, Reason.INTERRUPTED, Retry.COUNTS),
    ExitCode(31, Reason.DISK_FULL, Retry.COUNTS),
    ExitCode(32, Reason.STORAGE, Retry.COUNTS),
    ExitCode(33, Reason.GPU_UNAVAILABLE, Retry.COUNTS),
    ExitCode(34, Reason.OUTPUT_LOCKED, Retry.COUNTS),
    ExitCode(124, Reason.TIMEOUT, Retry.NO),
    ExitCode(137, Reason.KILLED, Retry.COUNTS),
)
"""Code 0 of an evaluation stands for Evaluated. Codes not listed are Crashed."""

_BY_CODE = {row.code: row for row in EXIT_CODES}
_BY_REASON = {row.reason: row for row in EXIT_CODES}

PERMANENT_CODES: tuple[int, ...] = tuple(
    row.code for row in EXIT_CODES if row.retry is Retry.NO and row.code != 0
)
"""The codes after which a Job must not try again (podFailurePolicy FailJob)."""


def reason_of(code: int) -> Reason:
    """The reason that an exit code stands for; Crashed for a code that is not in the table."""
    row = _BY_CODE.get(code)
    return row.reason if row else Reason.CRASHED


def code_of(reason: Reason) -> int:
    """The exit code of a reason. Raises KeyError for a reason that only the operator uses."""
    return _BY_REASON[reason].code
