"""Reads and checks the task file, which an operator of another version may have written."""

import re
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from sbert_api.contract import Contract
from sbert_api.task_file import TaskFile
from sbert_trainer.errors import (
    InvalidDatasetIdError,
    InvalidModelIdError,
    TrainerError,
    UsageError,
)
from sbert_trainer.validation.ids import check_model_tag

Assignment = TypeVar("Assignment", bound=Contract)

_MAX_BYTES = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_ERROR_OF_FIELD: dict[str, type[TrainerError]] = {
    "trainDatasetIds": InvalidDatasetIdError,
    "valDatasetId": InvalidDatasetIdError,
    "datasetId": InvalidDatasetIdError,
    "modelTag": InvalidModelIdError,
    "baselineModelTag": InvalidModelIdError,
}


def read_task(path: Path) -> TaskFile:
    """The task in a file. Raises UsageError, InvalidDatasetIdError, InvalidModelIdError."""
    task = read_assignment(path, TaskFile)
    for field, value in (("uid", task.uid), ("runKey", task.run_key)):
        check_word(path, field, value)
    check_model_tag(task.spec.output_path)
    check_model_tag(task.model_id.rpartition("/")[2])
    if task.model_id.rpartition("/")[0] != task.spec.output_path:
        raise UsageError(f"the task file {path}: modelId: expected a folder below outputPath")
    return task


def read_assignment(path: Path, form: type[Assignment]) -> Assignment:
    """What an operator wrote for a pod. Raises as `read_task`."""
    try:
        with path.open("rb") as file:
            return form.model_validate_json(file.read(_MAX_BYTES))
    except OSError as error:
        raise UsageError(f"the task file {path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise _explained(path, error) from error


def check_word(path: Path, field: str, value: str) -> None:
    """Raise UsageError unless `value` may be part of a file's name."""
    if not _NAME.fullmatch(value):
        raise UsageError(f"the task file {path}: {field}: expected letters, digits and '-'")


def _explained(path: Path, error: ValidationError) -> TrainerError:
    first = error.errors(include_url=False, include_input=False)[0]
    place = [str(part) for part in first["loc"]]
    fields = place[1:] if place[:1] == ["spec"] else place
    field = fields[0] if fields else ""
    kind = _ERROR_OF_FIELD.get(field, UsageError)
    return kind(f"the task file {path}: {'.'.join(place) or 'the text'}: {first['msg']}")
