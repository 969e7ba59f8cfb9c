"""Every failure that the trainer names. Each has a reason, and so an exit code, of the contract.

    TrainerError
    ├── InternalError                      1  none of the others
    ├── UsageError                         2  the task file cannot be read
    ├── InvalidDatasetIdError             10
    ├── InvalidModelIdError               11  no such model, or a model that must not be loaded
    ├── TrainingDatasetNotFoundError      12
    ├── TrainingModelWeightsNotFoundError 13
    ├── TrainingTaskNotFoundError         14  an evaluation's trainingTaskRef
    ├── DatasetValidationError            15
    ├── InvalidHyperparametersError       16
    ├── NonFiniteLossError                17
    ├── GpuOutOfMemoryError               18
    ├── OutputConflictError               19
    ├── TrainingInterruptedError          30  reason Interrupted
    ├── DiskFullError                     31
    ├── StorageError                      32
    ├── GpuUnavailableError               33
    ├── OutputLockedError                 34
    └── TrainingTimeoutError             124  reason TimeoutError

A message says what was expected and what was found. Any other exception becomes an InternalError.
"""

import errno
import os
import re
from pathlib import Path
from typing import ClassVar

from sbert_api.exit_codes import code_of
from sbert_api.reasons import Reason

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG}
_OS_ERROR_NUMBER = re.compile(r"os error (\d+)")


class TrainerError(Exception):
    """A failure with a reason. `hint` says what to do where more is known than the reason's own."""

    reason: ClassVar[Reason]

    def __init__(self, message: str, hint: str = "") -> None:
        """`message` is one line for people; `hint` may be empty."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def exit_code(self) -> int:
        """The exit code that the reason has in the contract."""
        return code_of(self.reason)


class InternalError(TrainerError):
    """What has no reason of its own: an exception that nothing names, a worker that died."""

    reason = Reason.INTERNAL_ERROR


class UsageError(TrainerError):
    """The trainer was called with something that it does not understand."""

    reason = Reason.USAGE_ERROR


class InvalidDatasetIdError(TrainerError):
    """A dataset id that is no file name of the allowed form."""

    reason = Reason.INVALID_DATASET_ID


class InvalidModelIdError(TrainerError):
    """A model tag that names no model, or one that is refused for what it holds."""

    reason = Reason.INVALID_MODEL_ID


class TrainingDatasetNotFoundError(TrainerError):
    """A dataset whose file is not on the dataset volume."""

    reason = Reason.DATASET_NOT_FOUND


class TrainingModelWeightsNotFoundError(TrainerError):
    """A model folder without whole, readable safetensors weights."""

    reason = Reason.MODEL_WEIGHTS_NOT_FOUND


class TrainingTaskNotFoundError(TrainerError):
    """A TrainingTask, referred to by an evaluation, of which no trained model is there."""

    reason = Reason.TRAINING_TASK_NOT_FOUND


class DatasetValidationError(TrainerError):
    """Rows that break the rules of the data; `errors` are its parts, one for each row."""

    reason = Reason.DATASET_VALIDATION

    def __init__(self, *errors: str, message: str = "", hint: str = "") -> None:
        """`message` says all errors in one line that a status has room for."""
        super().__init__(message or "; ".join(errors), hint)
        self.errors = errors


class InvalidHyperparametersError(TrainerError):
    """Parameters that do not fit the data, the model or each other."""

    reason = Reason.INVALID_HYPERPARAMETERS


class NonFiniteLossError(TrainerError):
    """The loss, a gradient or a weight became infinite or not a number."""

    reason = Reason.NON_FINITE_LOSS


class GpuOutOfMemoryError(TrainerError):
    """A batch did not fit the GPU's memory."""

    reason = Reason.GPU_OUT_OF_MEMORY


class OutputConflictError(TrainerError):
    """Something else already has the trained model's id."""

    reason = Reason.OUTPUT_CONFLICT


class TrainingInterruptedError(TrainerError):
    """The process was asked to end before the model was published."""

    reason = Reason.INTERRUPTED


class DiskFullError(TrainerError):
    """No room was left on a volume."""

    reason = Reason.DISK_FULL


class StorageError(TrainerError):
    """A volume refused to be read or written."""

    reason = Reason.STORAGE


class GpuUnavailableError(TrainerError):
    """A GPU was asked for and none can be used."""

    reason = Reason.GPU_UNAVAILABLE


class OutputLockedError(TrainerError):
    """Another live trainer writes the same model."""

    reason = Reason.OUTPUT_LOCKED


class TrainingTimeoutError(TrainerError):
    """All attempts together took longer than timeoutSeconds."""

    reason = Reason.TIMEOUT


def is_storage_trouble(error: Exception) -> bool:
    """Whether a volume failed, rather than that what was looked for is not there or is damaged."""
    number = _os_error_number(error)
    return number is not None and number not in _NOT_THERE


def storage_error(error: Exception, path: Path) -> TrainerError | None:
    """What a failed read or write of `path` means, or None if `error` is nothing of the kind."""
    number = _os_error_number(error)
    if number is None:
        return None
    place = getattr(error, "filename", None) or path
    words = os.strerror(number)
    if number in _FULL:
        return DiskFullError(f"no room for {place}: {words}")
    return StorageError(f"{place}: {words} (as user {os.getuid()}, group {os.getgid()})")


def _os_error_number(error: Exception) -> int | None:
    """The safetensors library wraps the system's error in its text: "(os error 28)"."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    found = _OS_ERROR_NUMBER.search(str(error))
    return int(found.group(1)) if found else None
