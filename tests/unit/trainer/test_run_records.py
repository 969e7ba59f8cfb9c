"""Records of what runs published: found again if the model is still there, believed for no more."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sbert_api.result import Published
from sbert_trainer.manifest import MANIFEST
from sbert_trainer.published import find_published
from sbert_trainer.run_records import RECORDS, find_recorded, record
from tests.unit.trainer.builders import a_task
from tests.unit.trainer.test_published import CONTENT_KEY, a_published_model

Damage = Callable[[Path], object]


@pytest.fixture
def recorded(tmp_path: Path) -> Published:
    """A published model and its record."""
    a_published_model(tmp_path)
    result = find_published(tmp_path, a_task())
    assert result is not None
    record(tmp_path, result)
    return result


def the_record(models: Path) -> Path:
    return models / RECORDS / f"{CONTENT_KEY}.json"


def the_model(models: Path) -> Path:
    return models / a_task().model_id


def test_a_recorded_model_is_found_by_its_content_key(tmp_path: Path, recorded: Published) -> None:
    assert find_recorded(tmp_path, CONTENT_KEY) == recorded
    assert find_recorded(tmp_path, "f" * 64) is None
    assert [path.name for path in (tmp_path / RECORDS).iterdir()] == [f"{CONTENT_KEY}.json"]


def test_a_record_says_what_a_person_wants_to_know(tmp_path: Path, recorded: Published) -> None:
    found = json.loads(the_record(tmp_path).read_text())
    assert found["modelId"] == recorded.model_id
    assert found["manifestDigest"] == recorded.manifest_digest
    assert found["runKey"] == recorded.run_key
    assert found["contentKey"] == CONTENT_KEY
    assert found["metrics"]["trained"]["tripletAccuracy"] == 0.9


def test_nothing_is_found_on_a_volume_without_records(tmp_path: Path) -> None:
    assert find_recorded(tmp_path, CONTENT_KEY) is None


def changed(models: Path) -> None:
    (the_model(models) / "config.json").write_text("{}")


def changed_to_the_same_size(models: Path) -> None:
    path = the_model(models) / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")


def signed_anew(models: Path) -> None:
    """The manifest is changed with a file of it, so that the two fit again."""
    path = the_model(models) / MANIFEST
    path.write_text(path.read_text().replace('"demo"', '"other"'))


def of_another_run(models: Path) -> None:
    """Another model of its own content key takes the place, and the record is made to fit."""
    path = the_model(models) / MANIFEST
    path.write_text(path.read_text().replace(CONTENT_KEY, "e" * 64))
    as_found = find_published(models, a_task())
    assert as_found is not None
    text = json.loads(the_record(models).read_text())
    text["manifestDigest"] = as_found.manifest_digest
    the_record(models).write_text(json.dumps(text))


def moved(models: Path) -> None:
    the_model(models).rename(models / "elsewhere")


def linked(models: Path) -> None:
    moved(models)
    the_model(models).symlink_to(models / "elsewhere")


def a_pipe(models: Path) -> None:
    the_record(models).unlink()
    os.mkfifo(the_record(models))


def a_link(models: Path) -> None:
    the_record(models).rename(models / "record.json")
    the_record(models).symlink_to(models / "record.json")


def a_folder(models: Path) -> None:
    the_record(models).unlink()
    the_record(models).mkdir()


def with_model_id(model_id: str) -> Damage:
    def damage(models: Path) -> None:
        text = json.loads(the_record(models).read_text()) | {"modelId": model_id}
        the_record(models).write_text(json.dumps(text))

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(changed, id="a changed file"),
        pytest.param(changed_to_the_same_size, id="a changed file of the same size"),
        pytest.param(lambda models: (the_model(models) / "config.json").unlink(), id="a lost file"),
        pytest.param(lambda models: (the_model(models) / MANIFEST).unlink(), id="no manifest"),
        pytest.param(signed_anew, id="another manifest"),
        pytest.param(of_another_run, id="a model of another content key"),
        pytest.param(moved, id="a model that was moved"),
        pytest.param(linked, id="a link instead of the model"),
        pytest.param(lambda models: the_record(models).write_text("{"), id="garbage"),
        pytest.param(lambda models: the_record(models).write_text("{}"), id="no fields"),
        pytest.param(lambda models: the_record(models).write_bytes(b"\xff" * 99), id="no text"),
        pytest.param(lambda models: the_record(models).write_text(" " * 70_000), id="too long"),
        pytest.param(a_pipe, id="a pipe"),
        pytest.param(a_link, id="a link"),
        pytest.param(a_folder, id="a folder"),
        pytest.param(with_model_id("../x"), id="a model id upwards"),
        pytest.param(with_model_id("/etc"), id="an absolute model id"),
        pytest.param(with_model_id(".work"), id="a hidden model id"),
    ],
)
def test_a_record_that_is_no_longer_true_is_not_believed(
    damage: Damage, tmp_path: Path, recorded: Published
) -> None:
    damage(tmp_path)
    assert find_recorded(tmp_path, CONTENT_KEY) is None


def test_garbage_beside_the_records_is_ignored(tmp_path: Path, recorded: Published) -> None:
    (tmp_path / RECORDS / "README").write_text("not a record")
    (tmp_path / RECORDS / f".{CONTENT_KEY}-dead.new").write_text("{")
    (tmp_path / RECORDS / "x.json").mkdir()
    assert find_recorded(tmp_path, CONTENT_KEY) == recorded


def test_a_record_is_replaced_as_a_whole(tmp_path: Path, recorded: Published) -> None:
    the_record(tmp_path).write_text("old")
    with the_record(tmp_path).open() as reader:
        record(tmp_path, recorded)
        assert reader.read() == "old", "the old text is not written over"
    assert find_recorded(tmp_path, CONTENT_KEY) == recorded


def test_a_half_written_record_of_an_earlier_attempt_is_no_hindrance(
    tmp_path: Path, recorded: Published
) -> None:
    the_record(tmp_path).unlink()
    half = tmp_path / RECORDS / f".{CONTENT_KEY}-{recorded.run_key}.new"
    half.write_text("{")
    record(tmp_path, recorded)
    assert find_recorded(tmp_path, CONTENT_KEY) == recorded
    assert not half.exists()


@pytest.mark.parametrize("name", ["", ".new", ".json"], ids=["folder", "half a record", "record"])
def test_v12_a_link_that_was_planted_is_not_followed(
    name: str, tmp_path: Path, recorded: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("precious")
    the_record(tmp_path).unlink()
    if not name:
        (tmp_path / RECORDS).rmdir()
        (tmp_path / RECORDS).symlink_to(outside)
    elif name == ".new":
        half = f".{CONTENT_KEY}-{recorded.run_key}.new"
        (tmp_path / RECORDS / half).symlink_to(outside / "file")
    else:
        the_record(tmp_path).symlink_to(outside / "file")
    record(tmp_path, recorded)
    assert [path.name for path in outside.iterdir()] == ["file"]
    assert (outside / "file").read_text() == "precious"
    assert ("not recorded" in capsys.readouterr().err) == (not name)


def test_a_record_that_cannot_be_written_is_said_and_fails_nothing(
    tmp_path: Path, recorded: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    the_record(tmp_path).unlink()
    the_record(tmp_path).mkdir()
    record(tmp_path, recorded)
    assert capsys.readouterr().err == (
        f"warning: {recorded.model_id} is published, but not recorded in .runs, so that an"
        " identical run will train again: Is a directory\n"
    )


def test_what_the_operator_s_image_runs_loads_no_heavy_library() -> None:
    program = (
        "import sys; import sbert_trainer.run_records, sbert_trainer.validation.model_files\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'numpy', 'safetensors'}\n"
        "loaded = heavy & set(sys.modules); assert not loaded, loaded"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")
