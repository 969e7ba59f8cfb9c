"""Builders of rows, datasets, tasks and model folders; what a test does not name is filled in."""

import json
import struct
from pathlib import Path
from typing import Any

from sbert_api.task_file import TaskFile
from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_trainer.validation.rows import Triplet

MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {
        "idx": 2,
        "name": "2",
        "path": "2_Normalize",
        "type": "sentence_transformers.models.Normalize",
    },
]


def a_row(number: int = 1, **texts: str) -> dict[str, str]:
    """A good row whose texts no other number has."""
    row = {
        "question": f"What is thing {number}?",
        "positive": f"Thing {number} is good.",
        "negative": f"Pizza number {number} tastes good.",
    }
    return row | texts


def a_triplet(number: int = 1, **texts: str) -> Triplet:
    """The same as a triplet."""
    return Triplet(**a_row(number, **texts))


def a_line(number: int = 1, **texts: Any) -> bytes:
    """A row as a line of JSON."""
    return json.dumps({**a_row(number), **texts}).encode()


def write_dataset(folder: Path, dataset_id: str, *rows: dict[str, str] | bytes) -> Path:
    """Write `<id>.jsonl`; rows that are bytes are written as they are."""
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    path = folder / f"{dataset_id}.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def a_spec(**fields: Any) -> TrainingTaskSpec:
    """A spec; fields by their names in the API."""
    required = {"modelTag": "base", "trainDatasetIds": ["faq"], "device": "cpu"}
    return TrainingTaskSpec.model_validate(required | fields)


def a_task(
    model_id: str | None = None, run_key: str = "0123456789abcdef", **fields: Any
) -> TaskFile:
    """A task file of the spec with `fields`."""
    spec = a_spec(**fields)
    return TaskFile(
        name="demo",
        namespace="default",
        uid="7ef54ba0-2d87-4864-8360-81de8035369a",
        run_key=run_key,
        model_id=model_id or f"{spec.output_path}/base-finetuned-20260101-095950-7ef54ba0",
        spec=spec,
    )


def safetensors(header: dict[str, Any] | None = None, data: bytes = b"\0" * 8) -> bytes:
    """A safetensors file: length of the header, header, data."""
    text = json.dumps(
        header or {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    ).encode()
    return struct.pack("<Q", len(text)) + text + data


TOKENIZER: dict[str, Any] = {
    "version": "1.0",
    "added_tokens": [],
    "model": {
        "type": "WordPiece",
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
        "vocab": {"[PAD]": 0, "[UNK]": 1, "a": 2},
    },
}


def a_model_folder(folder: Path, modules: list[dict[str, Any]] | None = None) -> Path:
    """A folder that looks like a model: of width 2, with 3 tokens, and two numbers as weights."""
    (folder / "1_Pooling").mkdir(parents=True)
    for name, content in (
        ("modules.json", MODULES if modules is None else modules),
        ("config.json", {"model_type": "bert", "hidden_size": 2, "vocab_size": 3}),
        ("tokenizer.json", TOKENIZER),
        ("1_Pooling/config.json", {"embedding_dimension": 2, "pooling_mode": "mean"}),
    ):
        (folder / name).write_text(json.dumps(content))
    (folder / "model.safetensors").write_bytes(safetensors())
    return folder
