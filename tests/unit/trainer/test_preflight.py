"""The check of a run before a GPU is asked for: the words of a training, and no trace of it."""

import fcntl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sbert_api.result import Checked, Published
from sbert_trainer import surveyed
from sbert_trainer.errors import TrainerError
from sbert_trainer.manifest import MANIFEST, digest_of
from sbert_trainer.outcome import as_trainer_error
from sbert_trainer.preflight import check_run
from sbert_trainer.prepare import Volumes, prepare
from sbert_trainer.published import as_result
from sbert_trainer.run_records import record
from tests.unit.trainer.builders import a_line, a_model_folder, a_row, a_task, write_dataset
from tests.unit.trainer.model_folders import attempt, some_volumes
from tests.unit.trainer.test_published import a_manifest, a_published_model

OTHER_MODEL = "trained_models/of-another-task"


@pytest.fixture
def volumes(tmp_path: Path) -> Volumes:
    """A good dataset `faq` and a good model `base`."""
    found = some_volumes(tmp_path)
    a_model_folder(found.models / "base")
    return found


def check(volumes: Volumes, *, restarted: bool = False, **fields: Any) -> Checked | TrainerError:
    task = a_task(**fields).model_copy(update={"restarted": restarted})
    try:
        return check_run(task, volumes)
    except Exception as error:  # as the command does
        return as_trainer_error(error, volumes.models)


def checked(volumes: Volumes, **fields: Any) -> Checked:
    found = check(volumes, **fields)
    assert isinstance(found, Checked), found
    return found


def test_a_good_run_is_described_as_its_training_will_describe_it(volumes: Volumes) -> None:
    inputs = prepare(a_task(), volumes)
    assert checked(volumes) == Checked(
        run_key=a_task().run_key,
        content_key=inputs.sources.content_key,
        data=inputs.data.facts,
    )


def not_finite(volumes: Volumes) -> None:
    weights = volumes.models / "base" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\x00\x00\xc0\x7f")


def a_link_out(volumes: Volumes) -> None:
    (volumes.models / ".work").symlink_to("/tmp")


def nothing(volumes: Volumes) -> None:
    """The fault is in the task."""


@pytest.mark.parametrize(
    ("damage", "fields", "reason"),
    [
        pytest.param(
            nothing, {"trainDatasetIds": ["gone"]}, "TrainingDatasetNotFoundError", id="D01"
        ),
        pytest.param(nothing, {"trainDatasetIds": ["bad"]}, "DatasetValidationError", id="D23"),
        pytest.param(nothing, {"modelTag": "gone"}, "InvalidModelIdError", id="M01"),
        pytest.param(not_finite, {}, "TrainingModelWeightsNotFoundError", id="M07"),
        pytest.param(nothing, {"warmupSteps": 100}, "InvalidHyperparametersError", id="S15"),
        pytest.param(nothing, {"modelId": "base"}, "OutputConflictError", id="S11"),
        pytest.param(a_link_out, {}, "StorageError", id="V12"),
    ],
)
def test_what_ends_a_training_ends_the_check_in_the_same_words(
    volumes: Volumes, damage: Callable[[Volumes], None], fields: dict[str, Any], reason: str
) -> None:
    write_dataset(volumes.datasets, "bad", a_line(negative=""))
    damage(volumes)
    model_id = fields.pop("modelId", None)
    before = everything_in(volumes)
    found = check(volumes, model_id=model_id, **fields)
    assert everything_in(volumes) == before, "and leaves nothing behind"
    assert isinstance(found, TrainerError)
    assert found.reason == reason
    training = attempt(volumes, model_id=model_id, **fields)
    assert isinstance(training, TrainerError)
    assert (found.reason, found.message, found.hint) == (
        training.reason,
        training.message,
        training.hint,
    )


def test_where_steps_are_not_counted_only_what_is_certain_is_said(
    volumes: Volumes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """18 rows to train on need 3 to 18 steps."""
    monkeypatch.setattr(surveyed, "ROWS_KNOWN", 9)
    idle = {"evaluationSteps": 10, "tripletMargin": 0.2}
    warnings = checked(volumes, warmupSteps=18, **idle).data.warnings
    assert [text.partition(" ")[0] for text in warnings if "no effect" in text] == ["tripletMargin"]
    found = check(volumes, warmupSteps=19)
    assert isinstance(found, TrainerError)
    assert found.message.startswith("warmupSteps: found 19, expected at most 18")


def everything_in(volumes: Volumes) -> list[Path]:
    return sorted(volumes.models.rglob("*"))


@pytest.mark.parametrize(
    "models",
    [pytest.param("/sys", id="V04"), pytest.param("/nowhere", id="V02")],
)
def test_a_volume_that_cannot_be_written_to_is_named_as_a_training_does(
    volumes: Volumes, models: str
) -> None:
    """Nobody may make folders in /sys, not even root."""
    elsewhere = Volumes(volumes.datasets, Path(models))
    found, training = check(elsewhere), attempt(elsewhere)
    assert isinstance(found, TrainerError)
    assert isinstance(training, TrainerError)
    assert (found.reason, found.message) == ("StorageError", training.message)


@pytest.mark.parametrize(
    ("file", "named"),
    [(".work", f".work/{a_task().uid}"), ("trained_models", "trained_models")],
)
def test_v12_a_file_where_a_folder_would_be_made_is_named(
    volumes: Volumes, file: str, named: str
) -> None:
    (volumes.models / file).touch()
    found = check(volumes)
    assert isinstance(found, TrainerError)
    assert found.reason == "StorageError"
    assert found.message.startswith(f"{volumes.models}/{named}: Not a directory (as user")


def test_v12_a_link_that_would_lead_the_model_out_of_the_volume_is_refused(
    volumes: Volumes, tmp_path: Path
) -> None:
    (volumes.models / "trained_models").symlink_to(tmp_path)
    found = check(volumes)
    assert isinstance(found, TrainerError)
    assert "a link that leads out of the model volume" in found.message


def test_a_good_check_leaves_nothing_behind(volumes: Volumes) -> None:
    before = everything_in(volumes)
    checked(volumes)
    assert everything_in(volumes) == before


def test_what_a_killed_check_has_left_is_removed_by_the_next(volumes: Volumes) -> None:
    before = everything_in(volumes)
    (volumes.models / f".preflight-{a_task().run_key}").mkdir()
    checked(volumes)
    assert everything_in(volumes) == before


def test_a_training_s_lock_and_clock_are_let_be(volumes: Volumes) -> None:
    work = volumes.models / ".work" / a_task().uid / a_task().run_key
    work.mkdir(parents=True)
    (work / "clock").write_text("60")
    with (work / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        checked(volumes, timeoutSeconds=60)
    assert (work / "clock").read_text() == "60"
    assert sorted(path.name for path in work.iterdir()) == ["clock", "lock"]


def an_identical_model(volumes: Volumes) -> Published:
    """A model that another task's run of the same content published, and its record."""
    folder = a_model_folder(volumes.models / OTHER_MODEL)
    facts = {"content_key": checked(volumes).content_key, "model_id": OTHER_MODEL, "run_key": "f"}
    manifest = a_manifest(folder).model_copy(update=facts)
    (folder / MANIFEST).write_text(manifest.text())
    published = as_result(manifest, digest_of(manifest.text()))
    record(volumes.models, published)
    return published


def test_the_model_of_an_identical_run_is_found(volumes: Volumes) -> None:
    published = an_identical_model(volumes)
    found = checked(volumes, timeoutSeconds=60, device="cuda")
    assert found.reused == published
    assert (found.run_key, published.run_key) == (a_task().run_key, "f")


def test_a_damaged_model_is_not_taken(volumes: Volumes) -> None:
    an_identical_model(volumes)
    (volumes.models / OTHER_MODEL / "config.json").write_text("{}")
    assert checked(volumes).reused is None


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"reuse": False}, id="reuse false"),
        pytest.param({"restarted": True}, id="restarted"),
        pytest.param({"seed": 43}, id="other parameters"),
        pytest.param({"trainDatasetIds": ["other"]}, id="other data"),
        pytest.param({"modelTag": "other"}, id="another base model"),
    ],
)
def test_no_model_is_taken_if_none_is_wanted_or_none_is_identical(
    volumes: Volumes, fields: dict[str, Any]
) -> None:
    an_identical_model(volumes)
    write_dataset(volumes.datasets, "other", *map(a_row, range(21)))
    config = a_model_folder(volumes.models / "other") / "config.json"
    config.write_text(config.read_text() + " ")
    assert checked(volumes, **fields).reused is None


@pytest.mark.parametrize("fields", [{}, {"reuse": False}, {"restarted": True}], ids=str)
def test_m15_the_model_of_this_very_run_is_its_result_whatever_is_wanted(
    volumes: Volumes, fields: dict[str, Any]
) -> None:
    a_published_model(volumes.models)
    found = checked(volumes, **fields)
    assert found.reused == attempt(volumes)
    assert found.reused is not None
    assert (found.content_key, found.data) == (found.reused.content_key, found.reused.data)


_HANGS = """
import signal, sys
from sbert_trainer import preflight
from sbert_trainer.__main__ import main

preflight.survey_data = lambda *_: signal.pause()
sys.exit(main())
"""


def test_v08_a_check_that_hangs_ends_after_timeout_seconds(volumes: Volumes) -> None:
    folder = volumes.models.parent
    (folder / "task.json").write_text(a_task(timeoutSeconds=1).model_dump_json(by_alias=True))
    arguments = ["validate", "--task", str(folder / "task.json"), "--models", str(volumes.models)]
    done = subprocess.run(
        [sys.executable, "-c", _HANGS, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 124
    assert done.stderr.startswith("TimeoutError: the check took longer than 1 s")
