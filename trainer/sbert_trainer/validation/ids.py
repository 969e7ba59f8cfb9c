"""The forms of dataset ids, model tags and tasks' names: no `..`, no hidden names, no way out of a
folder.
"""

import re

from sbert_api.names import DATASET_ID_PATTERN, MODEL_TAG_PATTERN
from sbert_trainer.errors import InvalidDatasetIdError, InvalidModelIdError

TASK_NAME_LENGTH = 200
"""A name in Kubernetes may have 253 characters; a task's Jobs and files need some of them."""
_MAX_LENGTH = 253
_TASK_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_DATASET_ID = re.compile(DATASET_ID_PATTERN)
_MODEL_TAG = re.compile(MODEL_TAG_PATTERN)


def file_name(dataset_id: str) -> str:
    """`<dataset id>.jsonl`. Raises InvalidDatasetIdError."""
    if len(dataset_id) > _MAX_LENGTH or not _DATASET_ID.fullmatch(dataset_id):
        raise InvalidDatasetIdError(
            f"dataset id {dataset_id[:80]!r}: expected letters, digits, '.', '_' and '-',"
            " starting and ending with a letter or digit"
        )
    return f"{dataset_id}.jsonl"


def check_model_tag(tag: str) -> None:
    """Raise InvalidModelIdError unless `tag` is up to four plain names joined by '/'."""
    if len(tag) > _MAX_LENGTH or not _MODEL_TAG.fullmatch(tag):
        raise InvalidModelIdError(
            f"model tag {tag[:80]!r}: expected up to four names of letters, digits, '.', '_' and"
            " '-', joined by '/'"
        )


def is_task_name(name: str) -> bool:
    """Whether a task may be called so."""
    return len(name) <= TASK_NAME_LENGTH and _TASK_NAME.fullmatch(name) is not None
