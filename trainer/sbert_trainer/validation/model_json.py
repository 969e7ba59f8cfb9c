"""Reads the JSON files of a model folder: bounded, and without waiting for a pipe."""

import json
from pathlib import Path
from typing import Any

from sbert_trainer.errors import (
    InvalidModelIdError,
    TrainingModelWeightsNotFoundError,
    is_storage_trouble,
)

MAX_CONFIG_BYTES = 4 << 20


def read_json(path: Path, folder: Path) -> object:
    """What `path`, a file below the model `folder`, holds.

    Raises TrainingModelWeightsNotFoundError if it is missing, too large or no JSON, and
    InvalidModelIdError if it is a pipe or device.
    """
    name = name_in(path, folder)
    check_kind(path, folder)
    try:
        with path.open("rb") as file:
            text = file.read(MAX_CONFIG_BYTES + 1)
        if len(text) > MAX_CONFIG_BYTES:
            raise TrainingModelWeightsNotFoundError(
                f"{name}: found more than {MAX_CONFIG_BYTES} bytes, expected a configuration"
            )
        return json.loads(text.decode())
    except FileNotFoundError as error:
        raise TrainingModelWeightsNotFoundError(f"looked for {name}; it is not there") from error
    except (OSError, ValueError, RecursionError) as error:
        if is_storage_trouble(error):
            raise
        raise TrainingModelWeightsNotFoundError(f"{name}: cannot be read: {error}") from error


def read_object(path: Path, folder: Path) -> dict[str, Any]:
    """`read_json` of a file that must hold an object."""
    found = read_json(path, folder)
    if isinstance(found, dict):
        return found
    raise TrainingModelWeightsNotFoundError(
        f"{name_in(path, folder)}: found no JSON object, expected one"
    )


def check_kind(path: Path, folder: Path) -> None:
    """Refuse what would keep waiting who reads it."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InvalidModelIdError(
            f"{name_in(path, folder)}: found a pipe or device, expected a file"
        )


def name_in(path: Path, folder: Path) -> str:
    """The path as messages show it: from the model's folder on."""
    return str(path.relative_to(folder))
