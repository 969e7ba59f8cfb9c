"""Judges a model's tokenizer: there, whole, and of bounded cost."""

import json
import os
import subprocess
import sys
from pathlib import Path

from sbert_trainer.errors import TrainingModelWeightsNotFoundError
from sbert_trainer.validation.model_json import name_in

_PROBE = "sbert_trainer.validation.tokenizer_probe"
_SECONDS = 120
_TOKENIZER = "tokenizer.json"
_OTHERS = (("vocab.txt",), ("vocab.json", "merges.txt"), ("*.model",))
"""What older models have instead, each enough to build a tokenizer from."""


def largest_token(part: Path, folder: Path) -> int | None:
    """The largest token id of the tokenizer in `part`, None if only the transformers library knows.

    Raises TrainingModelWeightsNotFoundError for a tokenizer that is missing or cannot be used.
    """
    path = part / _TOKENIZER
    if path.is_file():
        return _largest(path, folder)
    if any(all(any(part.glob(name)) for name in names) for names in _OTHERS):
        return None
    raise TrainingModelWeightsNotFoundError(
        f"looked for a tokenizer: {name_in(path, folder)}, vocab.txt, vocab.json with merges.txt,"
        " or *.model; none is there"
    )


def _largest(path: Path, folder: Path) -> int:
    name = name_in(path, folder)
    found = _probed(path)
    if error := found.get("error"):
        raise TrainingModelWeightsNotFoundError(f"{name}: cannot be used: {error}")
    if found["tokens"] == 0:
        raise TrainingModelWeightsNotFoundError(f"{name}: found no tokens in it")
    return int(found["largest"])


def _probed(path: Path) -> dict[str, int | str]:
    """What the probe says; what the library writes as it crashes is dropped.

    `-P`: the folder that somebody stands in may hold a json.py. One thread: each would count its
    stack against the limit of memory.
    """
    try:
        done = subprocess.run(  # noqa: S603 - this Python, a module of ours, one path
            [sys.executable, "-P", "-m", _PROBE, str(path)],
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            env={**os.environ, "RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
        )
    except subprocess.TimeoutExpired:
        return {"error": f"the library needed more than {_SECONDS} s"}
    try:
        found: dict[str, int | str] = json.loads(done.stdout)
    except ValueError:
        return {"error": f"the library that loads it crashed (status {done.returncode})"}
    return found
