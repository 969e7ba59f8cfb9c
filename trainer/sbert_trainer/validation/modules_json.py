"""The modules that a sentence-transformers model is made of: modules.json, and nothing beyond a
list of modules that load neither code nor pickles.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sbert_trainer.errors import InvalidModelIdError, TrainingModelWeightsNotFoundError
from sbert_trainer.validation.model_json import check_kind, read_json

_TYPE = re.compile(
    r"sentence_transformers\."
    r"(models|base\.modules|sentence_transformer\.modules)(\.[A-Za-z_]+)?\.(?P<name>[A-Za-z]+)"
)
WITHOUT_FILES = frozenset({"Normalize", "Dropout"})
_ALLOWED = WITHOUT_FILES | {"Transformer", "Pooling", "Dense", "LayerNorm", "WeightedLayerPooling"}
"""Router is left out: it names classes of its own. StaticEmbedding is: the trainer cannot train it,
for it has no tokenizer of the transformers library."""

_CONVERT = (
    "Make one of a transformers model with"
    " sentence_transformers.SentenceTransformer(name).save_pretrained(folder)."
)


class Module(NamedTuple):
    """One entry of modules.json."""

    kind: str
    """The class's name: Transformer, Pooling, and so on."""
    folder: Path


def read_modules(folder: Path) -> list[Module]:
    """The modules of the model in `folder`, in their order.

    Raises InvalidModelIdError for modules that are not allowed or that make no embedding of a text,
    and TrainingModelWeightsNotFoundError for a folder without modules.json.
    """
    modules = list(_entries(folder))
    kinds = [module.kind for module in modules]
    if kinds[0] != "Transformer" or "Pooling" not in kinds:
        raise InvalidModelIdError(
            f"modules.json: found {', '.join(kinds)}, expected a Transformer first and a Pooling"
            " behind it; a cross-encoder or sparse encoder cannot be trained here"
        )
    return modules


def _entries(folder: Path) -> Iterator[Module]:
    found = _read(folder)
    if not isinstance(found, list) or not found:
        raise InvalidModelIdError("modules.json: found no list of modules, expected at least one")
    for module in found:
        kind, path = _type_and_path(module)
        match = _TYPE.fullmatch(kind)
        if not match or match["name"] not in _ALLOWED:
            raise InvalidModelIdError(
                f"modules.json: found module type {kind[:80]!r}, expected one of"
                f" sentence_transformers.models: {', '.join(sorted(_ALLOWED))}"
            )
        if path.startswith("/") or ".." in Path(path).parts or "\0" in path:
            raise InvalidModelIdError(f"modules.json: path {path[:80]!r} leads out of the model")
        yield Module(match["name"], folder / path)


def _read(folder: Path) -> object:
    path = folder / "modules.json"
    check_kind(path, folder)
    if not path.exists() and (folder / "config.json").is_file():
        raise TrainingModelWeightsNotFoundError(
            "looked for modules.json; it is not there, so this is no sentence-transformers model",
            hint=_CONVERT,
        )
    return read_json(path, folder)


def _type_and_path(module: object) -> tuple[str, str]:
    if isinstance(module, dict):
        kind, path = module.get("type"), module.get("path")
        if isinstance(kind, str) and isinstance(path, str):
            return kind, path
    raise InvalidModelIdError("modules.json: expected a type and a path for each module")
