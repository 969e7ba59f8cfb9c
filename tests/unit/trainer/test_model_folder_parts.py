"""Whether the parts of a model fit each other, and which of its files a training starts from."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sbert_trainer.base_files import BaseFiles
from sbert_trainer.errors import StorageError, TrainingModelWeightsNotFoundError
from sbert_trainer.validation.model_files import check_model
from tests.unit.trainer.builders import MODULES, TOKENIZER, a_model_folder, safetensors
from tests.unit.trainer.model_folders import check, refusal

MODELS = "sentence_transformers.models"


def with_modules(root: Path, *parts: tuple[str, dict[str, Any]]) -> Path:
    """A model with these modules behind its Transformer, by kind and configuration."""
    modules = [MODULES[0]]
    for number, (kind, _) in enumerate(parts, start=1):
        modules.append({"type": f"{MODELS}.{kind}", "path": f"{number}_{kind}"})
    folder = a_model_folder(root / "base", modules)
    for number, (kind, config) in enumerate(parts, start=1):
        part = folder / f"{number}_{kind}"
        part.mkdir(exist_ok=True)
        (part / "config.json").write_text(json.dumps(config))
        (part / "model.safetensors").write_bytes(safetensors())
    return folder


POOLING = ("Pooling", {"embedding_dimension": 2, "pooling_mode": "mean"})
OLD_POOLING = {"word_embedding_dimension": 2, "pooling_mode_mean_tokens": True}
DENSE = ("Dense", {"in_features": 2, "out_features": 3})


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([POOLING, DENSE, ("LayerNorm", {"dimension": 3})], id="narrow to wide"),
        pytest.param([("Pooling", OLD_POOLING)], id="an old Pooling"),
        pytest.param(
            [("Pooling", OLD_POOLING | {"pooling_mode_cls_token": True, "pooling_mode_x": False}),
             ("Dense", {"in_features": 4, "out_features": 1})],
            id="an old Pooling in two ways",
        ),
        pytest.param(
            [("Pooling", {"embedding_dimension": 2, "pooling_mode": ["cls", "mean", "max"]}),
             ("LayerNorm", {"dimension": 6})],
            id="Pooling in three ways",
        ),
        pytest.param(
            [("WeightedLayerPooling", {"embedding_dimension": 2}), POOLING], id="weighted layers"
        ),
        pytest.param([POOLING, ("Dropout", {"dropout": 0.1}), DENSE], id="Dropout between"),
    ],
)  # fmt: skip
def test_m08_modules_that_fit_are_taken(
    tmp_path: Path, parts: list[tuple[str, dict[str, Any]]]
) -> None:
    with_modules(tmp_path, *parts)
    check(tmp_path)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        (
            [POOLING, DENSE, DENSE],
            "3_Dense/config.json: takes embeddings of width 2, but Dense yields 3",
        ),
        (
            [POOLING, ("LayerNorm", {"dimension": 3})],
            "2_LayerNorm/config.json: takes embeddings of width 3, but Pooling yields 2",
        ),
        (
            [("Pooling", {"pooling_mode": "mean"})],
            "1_Pooling/config.json: looked for embedding_dimension, a number; it is not there",
        ),
        (
            [POOLING, ("Dense", {"in_features": "2"})],
            "2_Dense/config.json: looked for in_features, a number; it is not there",
        ),
    ],
)  # fmt: skip
def test_m08_modules_that_do_not_fit_are_named(
    tmp_path: Path, parts: list[tuple[str, dict[str, Any]]], says: str
) -> None:
    with_modules(tmp_path, *parts)
    found = refusal(tmp_path)
    assert isinstance(found, TrainingModelWeightsNotFoundError)
    assert found.message == says


@pytest.mark.parametrize("key", ["hidden_size", "dim", "d_model", "n_embd"])
def test_m08_the_width_is_known_by_the_names_of_all_architectures(tmp_path: Path, key: str) -> None:
    folder = a_model_folder(tmp_path / "base")
    (folder / "config.json").write_text(json.dumps({key: 8}))
    assert "takes embeddings of width 2, but Transformer yields 8" in refusal(tmp_path).message


def test_m08_what_the_configuration_does_not_say_is_left_to_the_library(tmp_path: Path) -> None:
    (a_model_folder(tmp_path / "base") / "config.json").write_text("{}")
    check(tmp_path)


@pytest.mark.parametrize(
    "names", [("vocab.txt",), ("vocab.json", "merges.txt"), ("sentencepiece.bpe.model",)]
)
def test_a_tokenizer_of_an_older_form_is_left_to_the_library(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    folder = a_model_folder(tmp_path / "base")
    (folder / "tokenizer.json").unlink()
    for name in names:
        (folder / name).write_text("")
    check(tmp_path)
    (folder / names[0]).unlink()
    assert "looked for a tokenizer: tokenizer.json, vocab.txt" in refusal(tmp_path).message


def test_m08_added_tokens_need_an_embedding_too(tmp_path: Path) -> None:
    folder = a_model_folder(tmp_path / "base")
    token = {"id": 3, "content": "[NEW]", "special": True, "single_word": False}
    added = [token | {"lstrip": False, "rstrip": False, "normalized": False}]
    (folder / "tokenizer.json").write_text(json.dumps(TOKENIZER | {"added_tokens": added}))
    assert "found the token id 3, expected ids below 3" in refusal(tmp_path).message


def test_m09_a_json_py_where_somebody_stands_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = a_model_folder(tmp_path / "base")
    (folder / "json.py").write_text(f"open({str(tmp_path / 'canary')!r}, 'w')")
    monkeypatch.chdir(folder)
    check(tmp_path)
    assert not (tmp_path / "canary").exists()


def base_files(folder: Path) -> BaseFiles:
    return BaseFiles(folder, check_model(folder, folder.parent).parts)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("config.json", True),
        ("1_Pooling/config.json", True),
        ("model.safetensors", True),
        ("tokenizer.json", True),
        ("vocab.txt", True),
        ("README.md", False),
        ("MANIFEST.json", False),
        ("training_log.jsonl", False),
        ("report.html", False),
        ("pytorch_model.bin", False),
        ("epochs/epoch-1/model.safetensors", False),
        ("optimizer/optimizer.safetensors", False),
        ("evaluations/first.json", False),
    ],
)
def test_the_digest_is_of_what_a_model_is_loaded_from(
    tmp_path: Path, name: str, counts: bool
) -> None:
    folder = a_model_folder(tmp_path / "base")
    before = base_files(folder).digest()
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("something else")
    parts = (folder, folder / "1_Pooling")
    assert (BaseFiles(folder, parts).digest() != before) == counts


def test_the_digest_changes_with_a_name_and_not_with_the_place(tmp_path: Path) -> None:
    folder = a_model_folder(tmp_path / "base")
    before = base_files(folder).digest()
    folder.rename(tmp_path / "moved")
    assert base_files(tmp_path / "moved").digest() == before
    (tmp_path / "moved" / "tokenizer.json").rename(tmp_path / "moved" / "vocab.txt")
    assert base_files(tmp_path / "moved").digest() != before


def overwritten(path: Path) -> None:
    """By as many bytes, with the times of before."""
    times = path.stat()
    path.write_bytes(bytes(times.st_size))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def replaced(path: Path) -> None:
    content = path.read_bytes()
    path.rename(path.with_suffix(".old"))
    path.write_bytes(content)


@pytest.mark.parametrize("change", [overwritten, replaced, Path.unlink])
@pytest.mark.parametrize("name", ["model.safetensors", "1_Pooling/config.json"])
def test_m12_a_file_that_is_exchanged_in_between_is_noticed(
    tmp_path: Path, name: str, change: Any
) -> None:
    folder = a_model_folder(tmp_path / "base")
    files = base_files(folder)
    files.digest()
    files.check_unchanged()
    change(folder / name)
    with pytest.raises(StorageError) as caught:
        files.check_unchanged()
    assert caught.value.message == (
        f"{name}: was changed while the model was loaded, expected a base model that stays as it is"
    )
    assert caught.value.hint
