"""Loads a checked model folder. Never runs code or opens pickles that lie in it."""

from pathlib import Path

import torch
from safetensors import safe_open
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from sbert_trainer.errors import (
    InvalidHyperparametersError,
    TrainingModelWeightsNotFoundError,
    is_storage_trouble,
)
from sbert_trainer.log import say

_PROBES = ["a text", "a longer text, so that the other one is padded"]


def load_model(folder: Path, device: str) -> SentenceTransformer:
    """The model in `folder`, in float32. Raises TrainingModelWeightsNotFoundError.

    What a volume or the GPU has against it is raised as it is: OSError, torch.OutOfMemoryError.
    """
    model = _loaded(folder)
    if name := _first_made_up(model, folder):
        raise TrainingModelWeightsNotFoundError(
            f"{folder.name}: the weights lack {name}, which the model's configuration asks for"
        )
    if name := first_not_finite(model):
        raise TrainingModelWeightsNotFoundError(
            f"{folder.name}: weight {name} holds NaN or infinity, expected finite numbers"
        )
    return model.to(device)


def _loaded(folder: Path) -> SentenceTransformer:
    """On the CPU: whatever is wrong there is wrong with the files. Some of it shows only in use."""
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        ).float()
        model.encode(_PROBES, show_progress_bar=False)
    except (
        OSError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ImportError,
        RuntimeError,
    ) as error:
        if is_storage_trouble(error):
            raise
        # The libraries raise all of these for files that do not fit together.
        first_line = str(error).strip().partition("\n")[0]
        raise TrainingModelWeightsNotFoundError(
            f"{folder.name}: the model cannot be loaded: {type(error).__name__}: {first_line}"
        ) from error
    return model


def _first_made_up(model: SentenceTransformer, folder: Path) -> str | None:
    """The name of a weight that no file holds, if there is one: the library fills it with random
    numbers and goes on. The pooler is left out, for the sentence embedding does not use it.
    """
    held = _names_in_files(folder)
    without_prefix = {name.partition(".")[2] for name in held}  # a file may say bert.embeddings…
    for module in model:
        inner = getattr(module, "auto_model", torch.nn.Module())
        for name, _ in inner.named_parameters():
            known = name in held or name in without_prefix or name.partition(".")[2] in held
            if not known and "pooler." not in name:
                return name
    return None


def _names_in_files(folder: Path) -> set[str]:
    """Names of all weights; old files call those of LayerNorm gamma and beta."""
    names: set[str] = set()
    for path in [*folder.glob("*.safetensors"), *folder.glob("*/*.safetensors")]:
        with safe_open(path, framework="numpy") as weights:
            names.update(weights.keys())
    return {name.replace(".gamma", ".weight").replace(".beta", ".bias") for name in names}


def first_not_finite(model: torch.nn.Module) -> str | None:
    """The name of a parameter or buffer that is not finite throughout, if there is one."""
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            return name
    return None


def limit_length(model: SentenceTransformer, max_seq_length: int | None) -> int:
    """Cut texts after `max_seq_length` tokens; returns the limit that holds now.

    Raises InvalidHyperparametersError if it is over the model's own limit.
    """
    own = _own_limit(model)
    if max_seq_length is None:
        return own or 0
    if own is not None and max_seq_length > own:
        raise InvalidHyperparametersError(
            f"maxSeqLength: found {max_seq_length}, expected at most {own}, the model's own limit"
        )
    model.max_seq_length = max_seq_length
    return max_seq_length


def _own_limit(model: SentenceTransformer) -> int | None:
    """What the model's files say, but not more than it has positions: it would fail at the first
    text that is longer."""
    said: int | None = model.max_seq_length
    positions = _positions(model)
    if positions is None or (said is not None and said <= positions):
        return said
    say(f"texts are cut after {positions} tokens, as the model has no more positions")
    model.max_seq_length = positions
    return positions


def _positions(model: SentenceTransformer) -> int | None:
    """How many tokens have a learned position; None for a model that computes positions."""
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
            # RoBERTa and its kin count positions from behind that of padding.
            first = 0 if module.padding_idx is None else module.padding_idx + 1
            return module.num_embeddings - first
    return None
