"""Tensors and an optimizer's state as safetensors and JSON: no pickle is ever written or opened."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

_TENSORS = "optimizer.safetensors"
_NUMBERS = "optimizer.json"


def save_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Save named tensors, as a whole file or none. Those that share memory are saved each for
    itself. Raises safetensors' own error, which `errors.storage_error` understands."""
    seen: set[int] = set()
    separate: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        place = tensor.untyped_storage().data_ptr()
        separate[name] = tensor.detach().clone() if place in seen else tensor.detach().contiguous()
        seen.add(place)
    beside = path.with_name(f".{path.name}.new")
    save_file(separate, beside)
    beside.replace(path)


def load_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors in a file, on the CPU. Copied: the file may be removed while they are used."""
    return {name: tensor.clone() for name, tensor in load_file(path).items()}


def save_optimizer(optimizer: torch.optim.Optimizer, folder: Path) -> None:
    """Save the state of an optimizer: its tensors, and its numbers beside them."""
    whole = optimizer.state_dict()
    tensors: dict[str, Tensor] = {}
    numbers: dict[str, dict[str, Any]] = {}
    for index, state in whole["state"].items():
        own = numbers[str(index)] = {}
        for name, value in state.items():
            if isinstance(value, Tensor):
                tensors[f"{index}.{name}"] = value
            else:
                own[name] = value
    save_tensors(tensors, folder / _TENSORS)
    text = json.dumps({"state": numbers, "param_groups": whole["param_groups"]})
    (folder / _NUMBERS).write_text(text)


def load_optimizer(optimizer: torch.optim.Optimizer, folder: Path) -> None:
    """Put a saved state into an optimizer over the same parameters."""
    numbers = json.loads((folder / _NUMBERS).read_text())
    state: dict[int, dict[str, Any]] = {int(i): own for i, own in numbers["state"].items()}
    for name, tensor in load_tensors(folder / _TENSORS).items():
        index, _, key = name.partition(".")
        state[int(index)][key] = tensor
    here = optimizer.state_dict()["param_groups"]
    groups = [
        _as_here(saved, own) for saved, own in zip(numbers["param_groups"], here, strict=True)
    ]
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def _as_here(saved: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """JSON knows lists only: what is a tuple in the optimizer becomes one again."""
    return {
        name: tuple(value) if isinstance(own.get(name), tuple) else value
        for name, value in saved.items()
    }
