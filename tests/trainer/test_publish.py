"""The rename that makes a model visible, what may get in its way, and what is recorded of it."""

import errno
import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sbert_api.result import Published
from sbert_trainer.errors import OutputConflictError
from sbert_trainer.manifest import MANIFEST, digest_of, read_manifest
from sbert_trainer.prepare import Volumes, prepare
from sbert_trainer.publish import publish
from sbert_trainer.run_records import RECORDS, find_recorded
from tests.trainer.runs import command, environment, names, result, run, run_command, some_rows
from tests.unit.trainer.builders import a_model_folder, a_task, write_dataset
from tests.unit.trainer.model_folders import everything_in
from tests.unit.trainer.test_published import a_manifest

Appears = Callable[[Path], object]


def a_full_folder(target: Path) -> None:
    target.mkdir()
    (target / "mine").write_text("stays")


@pytest.mark.parametrize(
    "appears",
    [
        pytest.param(a_full_folder, id="a folder with files"),
        pytest.param(lambda target: target.write_text("stays"), id="a file"),
        pytest.param(lambda target: target.symlink_to("/etc"), id="a link"),
    ],
)
def test_what_appears_between_the_last_look_and_the_rename_is_a_conflict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, appears: Appears
) -> None:
    folder = a_model_folder(tmp_path / ".work" / "model")
    target = tmp_path / a_task().model_id
    is_symlink = Path.is_symlink

    def then_it_appears(self: Path) -> bool:
        found = is_symlink(self)
        if self == target:
            appears(target)
        return found

    monkeypatch.setattr(Path, "is_symlink", then_it_appears)
    with pytest.raises(OutputConflictError, match="something else was put there"):
        publish(folder, a_manifest(folder), tmp_path, release=lambda: None)
    monkeypatch.undo()
    assert (folder / "model.safetensors").exists(), "what was trained is not lost"
    assert target.is_symlink() or "stays" in {
        p.read_text() for p in [target, target / "mine"] if p.is_file()
    }


def test_a_volume_that_does_not_confirm_the_rename_fails_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_model_folder(tmp_path / ".work" / "model")
    target = tmp_path / a_task().model_id

    def fails_after_the_rename(path: Path) -> None:
        if target.exists():
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("sbert_trainer.publish.sync", fails_after_the_rename)
    digest = publish(folder, a_manifest(folder), tmp_path, release=lambda: None)
    assert digest_of((target / MANIFEST).read_text()) == digest
    assert "the volume does not confirm the rename: Input/output error" in capsys.readouterr().err


def test_a_run_is_recorded_and_found_by_an_identical_task(volumes: Volumes) -> None:
    assert run_command(volumes).returncode == 0
    published = result(volumes)
    assert isinstance(published, Published)
    (record,) = (volumes.models / RECORDS).glob("*.json")

    other = a_task(run_key="another", learningRate=1e-3).model_copy(update={"name": "other"})
    key = prepare(other, volumes).sources.content_key
    assert key == published.content_key == record.stem
    kept = published.model_copy(update={"progress": None})
    assert find_recorded(volumes.models, key) == kept

    changed = a_task(learningRate=2e-3)
    assert prepare(changed, volumes).sources.content_key != key


_KILLED_BEFORE_THE_RECORD = f"""
import os, signal, sys
from sbert_trainer.__main__ import main

def hook(event, arguments):
    if event == "os.mkdir" and str(arguments[0]).endswith("{RECORDS}"):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
sys.exit(main())
"""


def test_a_kill_between_the_rename_and_the_record_costs_no_second_training(
    volumes: Volumes,
) -> None:
    python, _, _, *arguments = command(volumes)
    dies = [python, "-c", _KILLED_BEFORE_THE_RECORD, *arguments]
    died = subprocess.run(dies, capture_output=True, text=True, check=False, env=environment())
    assert died.returncode == -signal.SIGKILL, died.stderr
    published = volumes.models / a_task().model_id
    assert not (volumes.models / RECORDS).exists()
    assert not (volumes.models.parent / "log").exists()
    before = everything_in(published)

    shutil.rmtree(volumes.models / "base")  # what it could train from
    again = run_command(volumes)
    assert (again.returncode, again.stderr.splitlines()[0]) == (
        0,
        f"{a_task().model_id} was published by an earlier attempt",
    )
    found = result(volumes)
    assert isinstance(found, Published)
    assert found.content_key is not None
    assert find_recorded(volumes.models, found.content_key) == found
    assert everything_in(published) == before
    assert names(volumes.models) == [RECORDS, ".work", "trained_models"]
    assert names(volumes.models / ".work") == []


def test_a_model_is_visible_only_once_it_and_the_way_to_it_are_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = a_model_folder(tmp_path / ".work" / "model")
    manifest = a_manifest(folder).model_copy(update={"model_id": "some/where/new/mine"})
    target = tmp_path / manifest.model_id
    synced: dict[bool, list[Path]] = {False: [], True: []}
    fsync = os.fsync

    def note(number: int) -> None:
        synced[target.exists()].append(Path(f"/proc/self/fd/{number}").readlink())
        fsync(number)

    monkeypatch.setattr(os, "fsync", note)
    publish(folder, manifest, tmp_path, release=lambda: None)
    written = {folder / path.relative_to(target) for path in target.rglob("*")}
    written = {
        path.with_name(f".{MANIFEST}.new") if path.name == MANIFEST else path for path in written
    }
    above = {tmp_path, tmp_path / "some", tmp_path / "some" / "where"}
    assert set(synced[False]) == written | above | {folder}
    assert synced[False].index(folder / f".{MANIFEST}.new") > max(
        synced[False].index(path) for path in written if MANIFEST not in path.name
    ), "the manifest is last"
    assert set(synced[True]) == {target.parent, folder.parent}


def test_the_manifest_says_what_every_dataset_was(volumes: Volumes) -> None:
    content = write_dataset(volumes.datasets, "more", *some_rows(50)).read_bytes()
    found = run(volumes, trainDatasetIds=["more", "faq"], valDatasetId="faq")
    read = read_manifest(volumes.models / found.model_id)
    assert read is not None
    datasets = read[0].datasets
    assert {name: entry.rows for name, entry in datasets.items()} == {"more": 50, "faq": 40}
    assert datasets["more"].digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert read[0].content_key == found.content_key
