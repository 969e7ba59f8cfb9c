"""Whether the parts of a model fit each other: tokenizer and embedding, module and module.

The library notices some of this as it loads a model, and some only at the first text that needs it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sbert_trainer.errors import TrainingModelWeightsNotFoundError
from sbert_trainer.validation.model_json import name_in, read_object
from sbert_trainer.validation.modules_json import WITHOUT_FILES, Module
from sbert_trainer.validation.safetensors_file import Tensor

_WIDTH_OF_TRANSFORMER = ("hidden_size", "dim", "d_model", "n_embd")
"""What architectures call the width of their token embeddings, in config.json."""
_TAKES = {
    "Pooling": ("embedding_dimension", "word_embedding_dimension"),
    "WeightedLayerPooling": ("embedding_dimension", "word_embedding_dimension"),
    "LayerNorm": ("dimension",),
    "Dense": ("in_features",),
}
"""Where a module says how wide an embedding it takes: the present name, and an older one."""
_EMBEDDINGS = (
    *("word_embeddings.weight", "word_embedding.weight", "tok_embeddings.weight"),
    *("embed_tokens.weight", "shared.weight", "wte.weight"),
)


def check_vocabulary(
    config: Mapping[str, Any], tensors: Mapping[str, Tensor], largest_token: int | None
) -> None:
    """Raise TrainingModelWeightsNotFoundError for token ids that have no embedding."""
    expected = config.get("vocab_size")
    if not isinstance(expected, int):
        return
    for name, tensor in tensors.items():
        if name.endswith(_EMBEDDINGS) and tensor.shape[:1] != (expected,):
            raise TrainingModelWeightsNotFoundError(
                f"{name}: found the shape {list(tensor.shape)}, expected {expected} rows, the"
                " vocab_size of config.json"
            )
    if largest_token is not None and largest_token >= expected:
        raise TrainingModelWeightsNotFoundError(
            f"tokenizer.json: found the token id {largest_token}, expected ids below {expected},"
            " the vocab_size of config.json: this tokenizer belongs to another model"
        )


def check_widths(config: Mapping[str, Any], modules: Sequence[Module], folder: Path) -> None:
    """Follow an embedding from the Transformer, which has `config`, through the other modules.

    Raises TrainingModelWeightsNotFoundError where one yields another width than the next takes.
    """
    transformer, *others = modules
    width = next((config[key] for key in _WIDTH_OF_TRANSFORMER if key in config), None)
    before = transformer.kind
    for module in others:
        if module.kind in WITHOUT_FILES:
            continue
        path = module.folder / "config.json"
        settings, name = read_object(path, folder), name_in(path, folder)
        takes = _taken(module, settings, name)
        if width is not None and takes != width:
            raise TrainingModelWeightsNotFoundError(
                f"{name}: takes embeddings of width {takes}, but {before} yields {width}"
            )
        width, before = _yielded(module, settings, takes), module.kind


def _taken(module: Module, settings: Mapping[str, Any], name: str) -> int:
    for key in _TAKES[module.kind]:
        if type(found := settings.get(key)) is int:
            return found
    raise TrainingModelWeightsNotFoundError(
        f"{name}: looked for {_TAKES[module.kind][0]}, a number; it is not there"
    )


def _yielded(module: Module, settings: Mapping[str, Any], taken: int) -> int | None:
    """The width of what a module yields, or None if it leaves that to the library."""
    if module.kind == "Dense":
        found = settings.get("out_features")
        return found if isinstance(found, int) else None
    if module.kind == "Pooling":
        modes = settings.get("pooling_mode")
        if modes is None:
            modes = [key for key, on in settings.items() if key.startswith("pooling_mode_") and on]
        return taken * (max(1, len(modes)) if isinstance(modes, list) else 1)
    return taken
