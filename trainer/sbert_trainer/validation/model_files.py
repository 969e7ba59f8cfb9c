"""Judges the files of a model folder before a library reads them: a table of contents.

It opens JSON and safetensors only. A pickle (`*.bin`, `*.pt`) or Python file may lie there and is
never touched; what is no part of the model, such as `epochs/` of a trained one, is not looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

from sbert_trainer.validation.dimensions import check_vocabulary, check_widths
from sbert_trainer.validation.finite import check_finite
from sbert_trainer.validation.model_code import check_entries, check_no_code
from sbert_trainer.validation.model_json import read_object
from sbert_trainer.validation.modules_json import read_modules
from sbert_trainer.validation.safetensors_file import Tensor
from sbert_trainer.validation.tokenizer import largest_token
from sbert_trainer.validation.weights import read_weights


@dataclass(frozen=True)
class ModelFiles:
    """What a model is loaded from."""

    folder: Path
    parts: tuple[Path, ...]
    """The folder itself, and those of the modules that have one."""
    tensors: Sequence[Tensor]

    @property
    def parameters(self) -> int:
        """How many numbers the weights are."""
        return sum(prod(tensor.shape) for tensor in self.tensors)

    def check_numbers(self) -> None:
        """Read all weights. Raises TrainingModelWeightsNotFoundError for NaN and infinity."""
        check_finite(self.tensors, self.folder)


def check_model(folder: Path, root: Path) -> ModelFiles:
    """Raise unless `folder` is a whole sentence-transformers model that is safe to load.

    InvalidModelIdError for what is refused (unknown modules, custom code, links that leave `root`);
    TrainingModelWeightsNotFoundError for what is missing, damaged or does not fit together. The
    weights' numbers are not read yet: `check_numbers` does.
    """
    check_entries(folder, folder, root)
    modules = read_modules(folder)
    parts = tuple(dict.fromkeys([folder, *(module.folder for module in modules)]))
    for part in parts:
        check_entries(part, folder, root)
        check_no_code(part, folder)
    tensors = {module: read_weights(module, folder) for module in modules}
    transformer = modules[0]
    config = read_object(transformer.folder / "config.json", folder)
    check_vocabulary(config, tensors[transformer], largest_token(transformer.folder, folder))
    check_widths(config, modules, folder)
    every = [tensor for found in tensors.values() for tensor in found.values()]
    return ModelFiles(folder, tuple(part for part in parts if part.is_dir()), every)
