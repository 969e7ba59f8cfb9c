"""The trainer as a process: output, exit codes, signals, time, a full disk. As the pod runs it."""

import json
import re
import resource
import signal
import subprocess
from pathlib import Path

from sbert_api.result import Failed, Published, parse_progress_line
from sbert_trainer.prepare import Volumes
from tests.trainer.runs import command, environment, names, result, run_command
from tests.unit.trainer.builders import a_task

MODEL_ID = a_task().model_id


def start(volumes: Volumes, **fields: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(volumes, **fields),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def wait_for_progress(process: subprocess.Popen[str]) -> None:
    """Until the first step is done."""
    assert process.stdout is not None
    for line in process.stdout:
        progress = parse_progress_line(line.strip())
        if progress and progress.step:
            return
    raise AssertionError(process.communicate()[1])


def failure(volumes: Volumes) -> Failed:
    found = result(volumes)
    assert isinstance(found, Failed)
    return found


def test_a_run_reports_progress_and_result_and_a_repeated_one_the_same_result(
    volumes: Volumes,
) -> None:
    done = run_command(volumes)
    assert done.returncode == 0, done.stderr
    lines = [parse_progress_line(line) for line in done.stdout.splitlines()]
    steps = [progress.step for progress in lines if progress]
    assert len(steps) == len(lines), "standard output holds progress lines only"
    assert (steps[0], steps[-1]) == (0, 5)
    assert f"published {MODEL_ID}" in done.stderr
    assert "Traceback" not in done.stderr
    first = result(volumes)
    assert isinstance(first, Published)
    assert first.progress == lines[-1]

    again = run_command(volumes)
    assert (again.returncode, again.stdout) == (0, "")
    assert "was published by an earlier attempt" in again.stderr
    assert result(volumes) == first.model_copy(update={"progress": None})
    assert names(volumes.models) == [".runs", ".work", "base", "trained_models"]


def test_sigterm_in_training_keeps_a_checkpoint_and_the_next_attempt_goes_on(
    volumes: Volumes,
) -> None:
    fields = {"epochs": 60}
    with start(volumes, **fields) as process:
        wait_for_progress(process)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 30, said
    assert failure(volumes).reason == "Interrupted"
    step = re.search(r"asked to end \(SIGTERM\); step (\d+) of 300 is kept", said)
    assert step, said
    assert not (volumes.models / "trained_models").exists()
    work = volumes.models / ".work" / a_task().uid / a_task().run_key
    assert f"step-{step[1]}" in names(work / "checkpoints")
    assert float((work / "clock").read_text()) > 0

    again = run_command(volumes, **fields)
    assert again.returncode == 0, again.stderr
    first = parse_progress_line(again.stdout.splitlines()[0])
    assert first
    assert (first.step, first.estimated_remaining_seconds) == (int(step[1]), None)
    assert names(volumes.models) == [".runs", ".work", "base", "trained_models"]


def test_v10_a_second_trainer_of_the_same_run_is_kept_out(volumes: Volumes) -> None:
    with start(volumes, epochs=1000) as process:
        wait_for_progress(process)
        second = run_command(volumes, epochs=1000)
        process.kill()
        process.communicate(timeout=30)
    assert second.returncode == 34
    assert failure(volumes).reason == "OutputLockedError"


def test_the_time_limit_ends_the_process_whatever_it_does(volumes: Volumes) -> None:
    done = run_command(volumes, epochs=1000, timeoutSeconds=1)
    assert done.returncode == 124
    assert failure(volumes).message == "the training took longer than 1 s in all attempts"
    assert names(volumes.models) == [".work", "base"]


def test_v06_a_disk_that_is_full_when_the_model_is_saved_publishes_nothing(
    volumes: Volumes,
) -> None:
    """Files larger than a limit cannot be written: the kernel refuses as a full disk does."""

    def limit_file_size() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = subprocess.run(
        command(volumes),
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        env=environment(),
        preexec_fn=limit_file_size,
    )
    assert done.returncode == 31, done.stderr
    assert failure(volumes).reason == "DiskFullError"
    assert "Traceback" not in done.stderr
    assert not (volumes.models / "trained_models").exists()


def test_a_conflict_that_appears_during_the_training_replaces_nothing(volumes: Volumes) -> None:
    with start(volumes, epochs=5) as process:
        wait_for_progress(process)
        other = volumes.models / MODEL_ID
        other.mkdir(parents=True)
        (other / "mine").write_text("stays")
        _, said = process.communicate(timeout=100)
    assert process.returncode == 19, said
    assert failure(volumes).reason == "OutputConflictError"
    assert names(other) == ["mine"]


def test_the_libraries_keep_no_copy_of_data_or_model(volumes: Volumes, tmp_path: Path) -> None:
    """In the pod only /tmp and the model volume are writable, and /tmp is small."""
    home = tmp_path / "home"
    home.mkdir()
    env = environment() | {"HOME": str(home), "HF_HOME": str(home / "hf"), "TMPDIR": str(home)}
    done = subprocess.run(
        command(volumes), capture_output=True, text=True, check=False, timeout=110, env=env
    )
    assert done.returncode == 0, done.stderr
    left = [path for path in home.rglob("*") if path.is_file() and path.stat().st_size > 10_000]
    assert [path for path in left if path.parent.name != "matplotlib"] == [], "but a list of fonts"
    assert json.loads((volumes.models / MODEL_ID / "MANIFEST.json").read_text())["runKey"]
