"""The states of all random number generators of a training, as safetensors and JSON."""

import json
import random
from pathlib import Path

import numpy as np
import torch

from sbert_trainer.checkpoints_tensors import load_tensors, save_tensors

_TENSORS = "random.safetensors"
_NUMBERS = "random.json"


def save_random_states(folder: Path) -> None:
    """Save the generators of torch on CPU and GPUs, of numpy and of Python; none is used for it."""
    version, words, next_normal = random.getstate()
    own = np.random.get_state(legacy=False)
    tensors = {
        "torch": torch.get_rng_state(),
        "python": torch.tensor(words, dtype=torch.int64),
        "numpy": torch.from_numpy(own["state"]["key"].astype(np.int64)),
    }
    for number, state in enumerate(torch.cuda.get_rng_state_all()):
        tensors[f"cuda:{number}"] = state
    save_tensors(tensors, folder / _TENSORS)
    numbers = {
        "python": [version, next_normal],
        "numpy": [own["state"]["pos"], own["has_gauss"], own["gauss"]],
    }
    (folder / _NUMBERS).write_text(json.dumps(numbers))


def load_random_states(folder: Path) -> None:
    """Let all generators go on where they were; those of GPUs that are not there are left out."""
    tensors = load_tensors(folder / _TENSORS)
    numbers = json.loads((folder / _NUMBERS).read_text())
    version, next_normal = numbers["python"]
    random.setstate((version, tuple(tensors["python"].tolist()), next_normal))
    np.random.set_state(("MT19937", tensors["numpy"].numpy().astype(np.uint32), *numbers["numpy"]))
    torch.set_rng_state(tensors["torch"])
    for number in range(torch.cuda.device_count()):
        if (state := tensors.get(f"cuda:{number}")) is not None:
            torch.cuda.set_rng_state(state, number)
