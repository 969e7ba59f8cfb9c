"""Writes the training stack's bytecode once: pods see the virtual environment read-only.

Without it every pod compiles about 3,000 modules, 10 seconds of a processor.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from .basemodel import provide_base_model, snapshot
from .errors import DevClusterError

# Loading and using a model is what compiles the modules that are imported late.
_USE_IT_ALL = """
import sys
import kopf, kubernetes
from sentence_transformers import SentenceTransformer, evaluation, losses
from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
SentenceTransformer(sys.argv[1], device="cpu").encode("a sentence")
"""


def provide_bytecode() -> None:
    """Write the bytecode unless it is there. Raises DevClusterError."""
    spec = importlib.util.find_spec("sentence_transformers")
    if spec and spec.cached and Path(spec.cached).exists():
        return
    model = snapshot(provide_base_model())
    environ = {**os.environ, "HF_HUB_OFFLINE": "1"}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    words = [sys.executable, "-W", "ignore", "-c", _USE_IT_ALL, str(model)]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DevClusterError(
            "The training stack does not work in this virtual environment:"
            f" {done.stderr.strip().splitlines()[-1]}. Run `make setup` again."
        )
