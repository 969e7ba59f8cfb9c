"""Reading the task file."""

import json
from pathlib import Path
from typing import Any

import pytest

from sbert_trainer.errors import (
    InvalidDatasetIdError,
    InvalidModelIdError,
    TrainerError,
    UsageError,
)
from sbert_trainer.task import read_task
from tests.unit.trainer.builders import a_task


def write(folder: Path, found: object) -> Path:
    path = folder / "task.json"
    path.write_text(found if isinstance(found, str) else json.dumps(found))
    return path


def changed(**fields: Any) -> dict[str, Any]:
    """The task file's JSON with other fields; those of the spec by dotted names."""
    found: dict[str, Any] = a_task().as_json()
    for name, value in fields.items():
        place = found["spec"] if name in found["spec"] else found
        place[name] = value
    return found


def test_a_good_task_file_is_read(tmp_path: Path) -> None:
    assert read_task(write(tmp_path, a_task().as_json())) == a_task()


def test_a_field_of_a_newer_operator_is_ignored(tmp_path: Path) -> None:
    assert read_task(write(tmp_path, changed(brandNew=True))) == a_task()


@pytest.mark.parametrize(
    ("found", "kind", "words"),
    [
        pytest.param("", UsageError, "Invalid JSON", id="empty"),
        pytest.param("[]", UsageError, "the text: Input should be an object", id="no object"),
        pytest.param(changed(epochs="3"), UsageError, "spec.epochs: ", id="a wrong type"),
        pytest.param(changed(device="tpu"), UsageError, "spec.device: ", id="a new value"),
        pytest.param(
            changed(modelTag="../x"), InvalidModelIdError, "spec.modelTag", id="model tag"
        ),
        pytest.param(
            changed(trainDatasetIds=["../x"]),
            InvalidDatasetIdError,
            "spec.trainDatasetIds.0",
            id="dataset id",
        ),
        pytest.param(changed(uid="../../x"), UsageError, "uid: ", id="uid out of the work folder"),
        pytest.param(changed(runKey="a/b"), UsageError, "runKey: ", id="run key with a slash"),
        pytest.param(changed(modelId="../x"), UsageError, "modelId: ", id="model id elsewhere"),
        pytest.param(
            changed(modelId="trained_models/.."), InvalidModelIdError, "'..'", id="model id of dots"
        ),
    ],
)
def test_a_bad_task_file_is_refused_in_a_sentence(
    tmp_path: Path, found: object, kind: type[TrainerError], words: str
) -> None:
    with pytest.raises(kind) as caught:
        read_task(write(tmp_path, found))
    assert words in caught.value.message


def test_a_missing_task_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_task(tmp_path / "task.json")
    assert caught.value.message == (
        f"the task file {tmp_path}/task.json cannot be read: No such file or directory"
    )
