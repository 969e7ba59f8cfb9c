"""Finding model folders, and the forms of good ones. The bad ones: test_model_folder_rules.py."""

import json
import shutil
from pathlib import Path

import pytest

from sbert_trainer.errors import InvalidModelIdError, TrainingModelWeightsNotFoundError
from tests.unit.trainer.builders import MODULES, a_model_folder
from tests.unit.trainer.model_folders import a_hub_cache, check, refusal

TRANSFORMER = "sentence_transformers.models.Transformer"


def test_a_plain_folder_is_taken(tmp_path: Path) -> None:
    assert check(a_model_folder(tmp_path / "base").parent) == tmp_path / "base"


@pytest.mark.parametrize("tag", ["trained_models/mine", "a/b/c/d"])
def test_a_model_in_a_folder_of_folders_is_taken(tmp_path: Path, tag: str) -> None:
    a_model_folder(tmp_path / tag)
    assert check(tmp_path, tag) == tmp_path / tag


def test_m10_the_main_snapshot_of_a_hub_cache_is_taken_with_its_links(tmp_path: Path) -> None:
    snapshot = a_hub_cache(tmp_path)
    assert (snapshot / "model.safetensors").is_symlink()
    assert check(tmp_path, "models--org--name") == snapshot


def test_m10_a_link_to_another_model_of_the_volume_is_taken(tmp_path: Path) -> None:
    a_model_folder(tmp_path / "one")
    a_model_folder(tmp_path / "base")
    (tmp_path / "base" / "model.safetensors").unlink()
    (tmp_path / "base" / "model.safetensors").symlink_to("../one/model.safetensors")
    check(tmp_path)


def test_a_volume_that_is_itself_behind_a_link_is_taken(tmp_path: Path) -> None:
    a_model_folder(tmp_path / "volume" / "base")
    (tmp_path / "link").symlink_to("volume")
    check(tmp_path / "link")


def test_a_model_without_the_folder_of_a_module_without_files_is_taken(tmp_path: Path) -> None:
    folder = a_model_folder(tmp_path / "base")
    assert not (folder / "2_Normalize").exists()
    check(tmp_path)


def test_sharded_weights_are_taken(tmp_path: Path) -> None:
    folder = a_model_folder(tmp_path / "base")
    (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
    index = {"weight_map": {"w": "model-00001-of-00001.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    check(tmp_path)


def test_a_trained_model_is_taken_with_all_that_was_put_beside_it(tmp_path: Path) -> None:
    folder = a_model_folder(tmp_path / "base")
    a_model_folder(folder / "epochs" / "epoch-1")
    for name in ("MANIFEST.json", "training_log.jsonl", "report.html", "optimizer/state.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("{ not judged")
    (folder / "epochs" / "epoch-1" / "config.json").write_text('{"auto_map": "not judged"}')
    (folder / "optimizer" / "optimizer.safetensors").write_bytes(b"not judged")
    check(tmp_path)


@pytest.mark.parametrize(
    "tag", ["../base", "/base", "a//b", ".base", "base.", "a/b/c/d/e", "", "a\n"]
)
def test_m05_a_tag_that_could_leave_the_volume_is_refused(tmp_path: Path, tag: str) -> None:
    assert isinstance(refusal(tmp_path, tag), InvalidModelIdError)


def test_an_unknown_model_is_named_with_what_is_there(tmp_path: Path) -> None:
    for number in range(7):
        a_model_folder(tmp_path / f"model-{number}")
    found = refusal(tmp_path, "modle-1")
    assert isinstance(found, InvalidModelIdError)
    assert found.message == (
        f"model modle-1: no such folder in {tmp_path};"
        " there: model-0, model-1, model-2, model-3, model-4 and 2 more"
    )


def test_a_hubs_id_is_answered_with_its_cache_folder(tmp_path: Path) -> None:
    (tmp_path / "models--org--name").mkdir()
    found = refusal(tmp_path, "org/name")
    assert found.message == (
        f"model org/name: no such folder in {tmp_path}; did you mean models--org--name?"
    )


def test_an_unknown_model_in_an_unknown_folder_is_named_with_what_is_there(tmp_path: Path) -> None:
    a_model_folder(tmp_path / "base")
    assert refusal(tmp_path, "no/such").message.endswith("; there: base")


@pytest.mark.parametrize(
    "kind",
    [
        "sentence_transformers.models.Transformer",
        "sentence_transformers.models.Transformer.Transformer",
        "sentence_transformers.base.modules.transformer.Transformer",
        "sentence_transformers.sentence_transformer.modules.transformer.Transformer",
    ],
)
def test_old_and_new_names_of_the_library_s_modules_are_taken(tmp_path: Path, kind: str) -> None:
    a_model_folder(tmp_path / "base", [MODULES[0] | {"type": kind}, MODULES[1]])
    check(tmp_path)


@pytest.mark.parametrize(
    "kind",
    [
        "sentence_transformers.models.BoW",
        "sentence_transformers.models.StaticEmbedding",
        "sentence_transformers.util.misc.import_from_string",
        "",
    ],
)
def test_m04_a_module_type_outside_the_list_is_refused(tmp_path: Path, kind: str) -> None:
    a_model_folder(tmp_path / "base", [MODULES[0] | {"type": kind}])
    assert refusal(tmp_path).message == (
        f"modules.json: found module type {kind!r}, expected one of sentence_transformers.models:"
        " Dense, Dropout, LayerNorm, Normalize, Pooling, Transformer, WeightedLayerPooling"
    )


@pytest.mark.parametrize("modules", [[], {}, [1], [{"type": TRANSFORMER}], [{"path": ""}], "x"])
def test_modules_of_another_shape_are_refused(tmp_path: Path, modules: object) -> None:
    folder = a_model_folder(tmp_path / "base")
    (folder / "modules.json").write_text(json.dumps(modules))
    assert isinstance(refusal(tmp_path), InvalidModelIdError)


@pytest.mark.parametrize("name", ["config.json", "1_Pooling/config.json", "tokenizer.json"])
@pytest.mark.parametrize("content", ["[]", "1", "null", '"x"'])
def test_a_configuration_of_another_shape_is_refused(
    tmp_path: Path, name: str, content: str
) -> None:
    (a_model_folder(tmp_path / "base") / name).write_text(content)
    found = refusal(tmp_path)
    assert isinstance(found, TrainingModelWeightsNotFoundError)
    assert found.message.startswith(f"{name}: ")


def test_m10_a_module_s_folder_outside_the_volume_is_refused(tmp_path: Path) -> None:
    outside = a_model_folder(tmp_path / "outside")
    folder = a_model_folder(tmp_path / "volume" / "base")
    shutil.rmtree(folder / "1_Pooling")
    (folder / "1_Pooling").symlink_to(outside / "1_Pooling")
    assert isinstance(refusal(tmp_path / "volume"), InvalidModelIdError)
    shutil.rmtree(folder)
    folder.symlink_to(outside)
    assert isinstance(refusal(tmp_path / "volume"), InvalidModelIdError)


def test_m10_a_module_s_folder_inside_whose_files_lead_outside_is_refused(tmp_path: Path) -> None:
    folder = a_model_folder(tmp_path / "base")
    (folder / "1_Pooling").rename(tmp_path / "pooling")
    (folder / "1_Pooling").symlink_to("../pooling")
    check(tmp_path)
    (tmp_path / "pooling" / "config.json").unlink()
    (tmp_path / "pooling" / "config.json").symlink_to("/etc/hostname")
    assert "leads out of the model volume" in refusal(tmp_path).message


@pytest.mark.parametrize("revision", ["../../evil", "gone", ""])
def test_a_hub_cache_whose_reference_names_no_snapshot_is_refused(
    tmp_path: Path, revision: str
) -> None:
    a_hub_cache(tmp_path)
    (tmp_path / "models--org--name" / "refs" / "main").write_text(revision)
    found = refusal(tmp_path, "models--org--name")
    assert isinstance(found, TrainingModelWeightsNotFoundError)
    assert "which is not in snapshots; there: abc123" in found.message


def test_a_hub_cache_without_a_reference_says_what_was_looked_for(tmp_path: Path) -> None:
    a_hub_cache(tmp_path)
    (tmp_path / "models--org--name" / "refs" / "main").unlink()
    assert "looked for the file refs/main" in refusal(tmp_path, "models--org--name").message
