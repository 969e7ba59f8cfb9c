"""Refuses a model that brings code along, or has a library read other files than were judged.

The libraries are told not to run such code, too; this says so before they are loaded, in words.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sbert_trainer.errors import InvalidModelIdError, TrainingModelWeightsNotFoundError
from sbert_trainer.validation.model_json import check_kind, name_in, read_json

MAX_TEXT_BYTES = 64 << 20
"""Twice the largest tokenizer in use: 33 MB, for 262,000 tokens."""
_TEXTS = {".json", ".txt", ".model", ".md", ".jinja"}
_ADAPTER = "adapter_config.json"
_ARGUMENTS = {
    *("model_args", "tokenizer_args", "config_args"),
    *("model_kwargs", "processor_kwargs", "config_kwargs"),
}
"""What sentence_*_config.json hands on to the loading functions of the transformers library."""
_CHOOSES_FILES = {"use_safetensors", "weights_only", "variant", "gguf_file", "device_map"}
_WORD = re.compile(r"[A-Za-z0-9_.-]{0,64}")


def check_entries(part: Path, folder: Path, root: Path) -> None:
    """Judge what lies in `part`, which is the model's `folder` or that of a module.

    Raises InvalidModelIdError for links that leave `root`, pipes, devices and adapters, and
    TrainingModelWeightsNotFoundError for a text that is too large to be one.
    """
    inside = Path(os.path.realpath(root))
    check_kind(part, folder)
    for path in sorted(part.iterdir()) if part.is_dir() else []:
        if not Path(os.path.realpath(path)).is_relative_to(inside):
            raise InvalidModelIdError(
                f"{name_in(path, folder)}: a link that leads out of the model volume"
            )
        check_kind(path, folder)
        _check_size(path, folder)
        if path.name == _ADAPTER:
            raise InvalidModelIdError(
                f"{name_in(path, folder)}: found an adapter, expected a whole model",
                hint="Merge it into its base model (peft: merge_and_unload) and save that.",
            )


def _check_size(path: Path, folder: Path) -> None:
    if path.suffix in _TEXTS and path.is_file() and path.stat().st_size > MAX_TEXT_BYTES:
        raise TrainingModelWeightsNotFoundError(
            f"{name_in(path, folder)}: found {path.stat().st_size} bytes,"
            f" expected at most {MAX_TEXT_BYTES}"
        )


def check_no_code(part: Path, folder: Path) -> None:
    """Raise InvalidModelIdError if a configuration in `part` names code or files to load."""
    for path in sorted(part.glob("*config*.json")):
        name = name_in(path, folder)
        for key, value in _all_keys(read_json(path, folder)):
            if key == "auto_map":
                raise InvalidModelIdError(
                    f"{name}: found auto_map, which runs code that comes with the model, expected a"
                    " model of a built-in architecture"
                )
            if "attn_implementation" in key and "/" in str(value):
                raise InvalidModelIdError(
                    f"{name}: found {key} {str(value)[:80]!r}, which loads code, expected the name"
                    " of a built-in one, such as sdpa"
                )
            if key == "transformers_weights":
                raise InvalidModelIdError(
                    f"{name}: found transformers_weights, expected the weights in model.safetensors"
                )
            if key in _ARGUMENTS:
                _check_arguments(key, value, name)


def _all_keys(found: object) -> Iterator[tuple[str, Any]]:
    """Keys and values of all objects in a JSON value."""
    waiting = [found]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from value.items()
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _check_arguments(key: str, value: object, name: str) -> None:
    arguments = value.items() if isinstance(value, dict) else [("", value)]
    for argument, given in arguments:
        plain = given is None or isinstance(given, (bool, int, float))
        word = isinstance(given, str) and _WORD.fullmatch(given)
        if argument in _CHOOSES_FILES or not (plain or word):
            raise InvalidModelIdError(
                f"{name}: found {str(argument)[:40]!r} in {key}, expected switches, numbers and"
                " names that load no other files"
            )
