"""The work folder: one owner, nothing stale, nothing left."""

import subprocess
import sys
from pathlib import Path

import pytest

from sbert_trainer.errors import (
    DatasetValidationError,
    DiskFullError,
    OutputLockedError,
    StorageError,
)
from sbert_trainer.work_folder import WorkFolder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_second_owner_is_refused(tmp_path: Path) -> None:
    with WorkFolder(tmp_path, "uid", "key"), pytest.raises(OutputLockedError):
        WorkFolder(tmp_path, "uid", "key")


def test_another_run_has_its_own_folder(tmp_path: Path) -> None:
    with WorkFolder(tmp_path, "uid", "key"), WorkFolder(tmp_path, "uid", "other"):
        assert names(tmp_path / ".work" / "uid") == ["key", "other"]


def test_v11_the_lock_of_a_dead_process_is_free(tmp_path: Path) -> None:
    program = "import sys, os; from pathlib import Path; from sbert_trainer.work_folder import"
    program += " WorkFolder; w = WorkFolder(Path(sys.argv[1]), 'uid', 'key'); os._exit(9)"
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert (tmp_path / ".work/uid/key/lock").exists()
    WorkFolder(tmp_path, "uid", "key")


def test_what_a_dead_attempt_left_is_cleared_but_the_clock_goes_on(tmp_path: Path) -> None:
    left = tmp_path / ".work" / "uid" / "key"
    (left / "model").mkdir(parents=True)
    (left / "model" / "half").write_text("x")
    (left / "model" / "epochs" / "epoch-1").mkdir(parents=True)
    (left / "checkpoints" / "step-3").mkdir(parents=True)
    (left / "stray").write_text("x")
    (left / "clock").write_text("12.5")
    with WorkFolder(tmp_path, "uid", "key") as work:
        assert names(left) == ["checkpoints", "clock", "lock", "model"]
        assert names(left / "model") == ["epochs"]
        assert work.clock.read_text() == "12.5"


def test_a_good_end_leaves_nothing(tmp_path: Path) -> None:
    with WorkFolder(tmp_path, "uid", "key") as work:
        work.model.mkdir()
    assert names(tmp_path / ".work") == []


def test_the_folder_that_all_trainers_share_is_never_taken_away(tmp_path: Path) -> None:
    """Another trainer may be about to make its own folder in it."""
    with WorkFolder(tmp_path, "uid", "key"):
        shared = (tmp_path / ".work").stat().st_ino
    assert (tmp_path / ".work").stat().st_ino == shared


def test_the_folder_of_another_run_stays(tmp_path: Path) -> None:
    with WorkFolder(tmp_path, "uid", "other"):
        with WorkFolder(tmp_path, "uid", "key"):
            pass
        assert names(tmp_path / ".work" / "uid") == ["other"]


def test_a_failure_that_is_not_tried_again_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DatasetValidationError), WorkFolder(tmp_path, "uid", "key"):
        raise DatasetValidationError("bad")
    assert names(tmp_path / ".work") == []


@pytest.mark.parametrize("error", [DiskFullError("full"), RuntimeError("unknown")])
def test_a_failure_that_is_tried_again_leaves_the_clock(tmp_path: Path, error: Exception) -> None:
    work = WorkFolder(tmp_path, "uid", "key")
    work.clock.write_text("3.0")
    work.model.mkdir()
    with pytest.raises(type(error)), work:
        raise error
    assert names(tmp_path / ".work" / "uid" / "key") == ["clock", "lock"]


def test_v12_a_planted_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "models" / ".work").mkdir(parents=True)
    (tmp_path / "models" / ".work" / "uid").symlink_to(tmp_path / "outside")
    with pytest.raises(StorageError, match="a link that leads out of the model volume"):
        WorkFolder(tmp_path / "models", "uid", "key")


def test_a_missing_model_volume_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="there is no model volume"):
        WorkFolder(tmp_path / "gone", "uid", "key")
