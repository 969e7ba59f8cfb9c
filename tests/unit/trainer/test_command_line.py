"""What `sbert-trainer train` says before torch is loaded. Run as people run it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sbert_api.result import Failed, parse_termination_message
from tests.unit.trainer.builders import a_line, a_model_folder, a_row, a_task, write_dataset


def train(folder: Path, **fields: Any) -> tuple[int, Failed]:
    """Run `train` on a task that fails before torch is needed; the exit code and the message."""
    (folder / "task.json").write_text(json.dumps(a_task(**fields).as_json()))
    (folder / "models").mkdir(exist_ok=True)
    done = subprocess.run(
        train_command(folder), capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in done.stderr
    found = parse_termination_message((folder / "log").read_text())
    assert isinstance(found, Failed)
    assert done.stderr.startswith(f"{found.reason}: ")
    return done.returncode, found


def train_command(folder: Path, command: str = "train") -> list[str]:
    options = {"task": "task.json", "datasets": ".", "models": "models", "termination-log": "log"}
    paths = [part for name, path in options.items() for part in (f"--{name}", str(folder / path))]
    return [sys.executable, "-m", "sbert_trainer", command, *paths]


@pytest.mark.parametrize(
    ("fields", "code", "reason"),
    [
        ({"modelTag": "gone"}, 11, "InvalidModelIdError"),
        ({"modelTag": "empty"}, 13, "TrainingModelWeightsNotFoundError"),
        ({"trainDatasetIds": ["gone"]}, 12, "TrainingDatasetNotFoundError"),
        ({"trainDatasetIds": ["bad"]}, 15, "DatasetValidationError"),
        ({"warmupSteps": 100}, 16, "InvalidHyperparametersError"),
    ],
)
def test_bad_input_ends_a_training_before_torch_is_loaded(
    tmp_path: Path, fields: dict[str, Any], code: int, reason: str
) -> None:
    write_dataset(tmp_path, "faq", *[a_row(n) for n in range(10)])
    write_dataset(tmp_path, "bad", a_line(negative=""))
    a_model_folder(tmp_path / "models" / "base")
    (tmp_path / "models" / "empty").mkdir()
    before = sorted(path.name for path in tmp_path.rglob("*"))
    exit_code, failed = train(tmp_path, **fields)
    assert (exit_code, failed.reason) == (code, reason)
    after = sorted(path.name for path in tmp_path.rglob("*"))
    assert after == sorted([*before, ".work", "log", "task.json"]), "nothing else is left"


def test_a_taken_id_ends_a_training_at_once(tmp_path: Path) -> None:
    (tmp_path / "models" / a_task().model_id).mkdir(parents=True)
    assert train(tmp_path)[0] == 19


def test_an_unreadable_task_file_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "task.json").write_text('{"spec": {}}')
    done = subprocess.run(
        train_command(tmp_path), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("UsageError: the task file ")


def test_v04_a_volume_that_refuses_writes_is_named_with_the_user(tmp_path: Path) -> None:
    """Nobody may make folders in /sys, not even root."""
    (tmp_path / "task.json").write_text(json.dumps(a_task().as_json()))
    command = [*train_command(tmp_path), "--models", "/sys"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 32
    assert done.stderr.startswith("StorageError: /sys/.work")
    assert "(as user " in done.stderr


def test_a_termination_log_that_cannot_be_written_changes_nothing_else(tmp_path: Path) -> None:
    command = [*train_command(tmp_path), "--termination-log", str(tmp_path / "no" / "log")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "the termination message cannot be written to" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("command", ["train", "validate"])
def test_a_signal_ends_the_process_with_code_30(
    tmp_path: Path, command: str, signum: signal.Signals
) -> None:
    """The task file is a pipe that nobody writes to: the main thread waits in the kernel."""
    os.mkfifo(tmp_path / "task.json")
    process = subprocess.Popen(train_command(tmp_path, command), stderr=subprocess.PIPE, text=True)
    with process, (tmp_path / "task.json").open("w"):  # open() returns when the trainer reads
        process.send_signal(signum)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 30
    assert said.startswith(f"Interrupted: the trainer was asked to end ({signum.name})")
    found = parse_termination_message((tmp_path / "log").read_text())
    assert isinstance(found, Failed)
    assert found.reason == "Interrupted"


_EARLY = """
import os, signal, sys

def hear(event, arguments):
    if event == "import" and arguments[0] == "pydantic":
        os.kill(os.getpid(), signal.SIGINT)

sys.addaudithook(hear)
from sbert_trainer.__main__ import main
sys.exit(main())
"""
"""Asks for the end while the first modules are imported."""


@pytest.mark.parametrize("command", ["train", "validate"])
def test_a_signal_is_not_lost_while_the_command_is_imported(tmp_path: Path, command: str) -> None:
    (tmp_path / "models").mkdir()
    os.mkfifo(tmp_path / "task.json")  # nobody writes: the main thread comes no further
    arguments = train_command(tmp_path, command)[3:]
    done = subprocess.run(
        [sys.executable, "-c", _EARLY, *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 30, done.stderr
    assert done.stderr.startswith("Interrupted: ")
    assert "Traceback" not in done.stderr


def test_a_run_whose_time_is_used_up_by_earlier_attempts_ends_with_code_124(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", *[a_row(n) for n in range(10)])
    work = tmp_path / "models" / ".work" / a_task().uid / a_task().run_key
    work.mkdir(parents=True)
    (work / "clock").write_text("60")
    code, failed = train(tmp_path, timeoutSeconds=60)
    assert (code, failed.reason) == (124, "TimeoutError")
    assert failed.message == "the training took longer than 60 s in all attempts"
    assert not work.exists()
