"""The watch, in a process of its own, for it ends the process."""

import subprocess
import sys
from pathlib import Path

import pytest

BEGIN = """
import os, shutil, signal, sys, threading
from pathlib import Path
from sbert_trainer.watch import Watch
from sbert_trainer.work_folder import WorkFolder

work = WorkFolder(Path(sys.argv[1]), "uid", "key")

def report(error):
    print(f"{error.reason}: {error.message}; model: {work.model.exists()}", flush=True)

watch = Watch(report, patience_seconds=0)
work.model.mkdir()
"""
ASK_AND_WAIT = """
os.kill(os.getpid(), signal.SIGTERM)
watch.start()
watch.join()
"""
INTERRUPTED = "Interrupted: the trainer was asked to end (SIGTERM)"
TIMED_OUT = "TimeoutError: the training took longer than 1000 s in all attempts"


def end(models: Path, program: str) -> tuple[int, str]:
    """Run a watch; the exit code of its process, and what it reported."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + program, str(models)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.rstrip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the work folder is going to be."""
    return tmp_path / ".work" / "uid" / "key"


def test_the_end_is_reported_before_anything_is_tidied_up(tmp_path: Path, folder: Path) -> None:
    program = "watch.limit(work, 1000)" + ASK_AND_WAIT
    assert end(tmp_path, program) == (30, f"{INTERRUPTED}; model: True")
    assert sorted(path.name for path in folder.iterdir()) == ["clock", "lock"]


def test_a_folder_that_cannot_be_tidied_up_changes_nothing(tmp_path: Path) -> None:
    program = "watch.limit(work, 1000); shutil.rmtree(work.path)" + ASK_AND_WAIT
    assert end(tmp_path, program) == (30, f"{INTERRUPTED}; model: False")


def test_a_main_thread_that_heeds_the_request_is_ended_only_if_it_takes_too_long(
    tmp_path: Path,
) -> None:
    program = "with watch.interruption.heeded():" + ASK_AND_WAIT.replace("\n", "\n    ")
    words = f"{INTERRUPTED}; no step ended within 0 s; model: True"
    assert end(tmp_path, program) == (30, words)


def test_a_main_thread_that_heeds_the_request_in_time_ends_by_itself(tmp_path: Path) -> None:
    program = """
watch = Watch(report)
watch.start()
try:
    with watch.interruption.heeded():
        os.kill(os.getpid(), signal.SIGTERM)
        while not watch.interruption.asked:
            watch.join(0.01)
except Exception as error:
    report(error)
"""
    words = f"{INTERRUPTED}; no checkpoint of the last steps was written; model: True"
    assert end(tmp_path, program) == (0, words)


def test_a_process_without_a_work_folder_is_ended_when_its_time_is_up(tmp_path: Path) -> None:
    program = """
from sbert_trainer.errors import TrainingTimeoutError

watch.end_after(0, TrainingTimeoutError("too long"))
watch.start()
watch.join()
"""
    assert end(tmp_path, program) == (124, "TimeoutError: too long; model: True")


def test_nothing_ends_the_process_once_it_is_released(tmp_path: Path) -> None:
    program = "watch.limit(work, 1000); watch.release()" + ASK_AND_WAIT + "print('went on')"
    assert end(tmp_path, program) == (0, "went on")


def test_the_clock_goes_on_where_the_last_attempt_ended(tmp_path: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "clock").write_text("800.0")
    program = "watch.limit(work, 1000); work.leave(RuntimeError()); print(work.clock.read_text())"
    code, said = end(tmp_path, program)
    assert code == 0
    assert 800 <= float(said) < 1000


@pytest.mark.parametrize("used", ["1000", "000001000.0", "1e9"])
def test_the_time_of_all_attempts_is_limited(tmp_path: Path, folder: Path, used: str) -> None:
    """There is no further attempt, so nothing is kept for one."""
    folder.mkdir(parents=True)
    (folder / "clock").write_text(used)
    program = "watch.limit(work, 1000); print('went on')"
    assert end(tmp_path, program) == (124, f"{TIMED_OUT}; model: True")
    assert not folder.exists()


@pytest.mark.parametrize("content", ["", "x", "-5", "0\n0", "nan"])
def test_a_clock_that_cannot_be_read_starts_anew(
    tmp_path: Path, folder: Path, content: str
) -> None:
    folder.mkdir(parents=True)
    (folder / "clock").write_text(content)
    program = "watch.limit(work, 1000); print(work.clock.read_text())"
    code, said = end(tmp_path, program)
    assert code == 0
    assert 0 <= float(said) < 1000
