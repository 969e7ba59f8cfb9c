"""What the node writes to a pod's status."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from devcluster.processnode.run import Run
from devcluster.processnode.status import (
    ContainerState,
    container_status,
    pod_status,
    terminated,
)

if TYPE_CHECKING:
    from pathlib import Path

SPEC = {"name": "c", "image": "python:check"}
NOW = 1_800_000_000.0
THEN = "2026-01-01T00:00:00Z"


def a_run(folder: Path, code: int | None, log: bytes = b"", message: bytes = b"") -> Run:
    """Return a run that ended with `code`, or that nobody saw end."""
    folder.mkdir(parents=True)
    files = {"pid": b"0", "log": log, "termination": message}
    if code is not None:
        files["exit"] = str(code).encode()
    for name, content in files.items():
        (folder / name).write_bytes(content)
        os.utime(folder / name, (NOW, NOW))
    return Run(folder)


def a_state(run: Run, **fields: Any) -> ContainerState:
    return ContainerState({**SPEC, **fields.pop("spec", {})}, run=run, **fields)


@pytest.mark.parametrize(
    ("code", "log", "killed_for_memory", "exit_code", "reason"),
    [
        pytest.param(0, b"", False, 0, "Completed", id="exit 0"),
        pytest.param(33, b"", False, 33, "Error", id="exit 33"),
        pytest.param(137, b"", True, 137, "OOMKilled", id="over its memory limit"),
        pytest.param(1, b"bwrap: execvp x", False, 128, "StartError", id="sandbox refused"),
        pytest.param(None, b"", False, 137, "ContainerStatusUnknown", id="nobody saw the end"),
    ],
)
def test_end_of_a_container(  # noqa: PLR0917 - a table's columns
    tmp_path: Path,
    code: int | None,
    log: bytes,
    killed_for_memory: bool,
    exit_code: int,
    reason: str,
) -> None:
    run = a_run(tmp_path / "0", code, log)
    end = terminated(a_state(run, out_of_memory=killed_for_memory), run)
    assert (end["exitCode"], end["reason"]) == (exit_code, reason)
    assert end["finishedAt"] == "2027-01-15T08:00:00Z"


FALLBACK = {"terminationMessagePolicy": "FallbackToLogsOnError"}


@pytest.mark.parametrize(
    ("code", "policy", "message", "log", "shown"),
    [
        pytest.param(0, {}, b"m" * 5000, b"", "m" * 4096, id="cut at 4,096 bytes"),
        pytest.param(1, {}, b"", b"log", None, id="no fallback by default"),
        pytest.param(1, FALLBACK, b"", b"last", "last", id="log of a failure"),
        pytest.param(0, FALLBACK, b"", b"last", None, id="not of a success"),
        pytest.param(1, FALLBACK, b"own", b"log", "own", id="own message comes first"),
        pytest.param(1, FALLBACK, b"", b"x\n" * 100, "x\n" * 80, id="last 80 lines"),
        pytest.param(1, FALLBACK, b"", b"y" * 3000, "y" * 2048, id="last 2,048 bytes"),
    ],
)
def test_termination_message(  # noqa: PLR0917 - a table's columns
    tmp_path: Path, code: int, policy: dict[str, str], message: bytes, log: bytes, shown: str
) -> None:
    run = a_run(tmp_path / "0", code, log, message)
    assert terminated(a_state(run, spec=policy), run)["message"] == shown


def test_container_between_two_runs_waits_and_shows_the_last(tmp_path: Path) -> None:
    run = a_run(tmp_path / "0", 1)
    status = container_status(a_state(run, waiting=("CrashLoopBackOff", "soon")), "uid")
    assert status["state"] == {"waiting": {"reason": "CrashLoopBackOff", "message": "soon"}}
    assert status["lastState"]["terminated"]["exitCode"] == 1
    assert status["containerID"] == "process://uid/c/0"


def _conditions(old: list[dict[str, str]], *, ready: bool) -> dict[str, dict[str, str]]:
    pod = {"metadata": {"uid": "u"}, "status": {"conditions": old, "startTime": THEN}}
    state = ContainerState(SPEC, ready=ready)
    status = pod_status(pod, [state], "Running", "127.64.0.1", NOW)
    assert status["startTime"] == THEN
    return {c["type"]: c for c in status["conditions"]}


def test_transition_time_moves_only_with_the_condition() -> None:
    old = {"type": "Ready", "status": "True", "lastTransitionTime": THEN}
    assert _conditions([old], ready=True)["Ready"]["lastTransitionTime"] == THEN
    changed = _conditions([old], ready=False)["Ready"]
    assert changed["lastTransitionTime"] == "2027-01-15T08:00:00Z"
    assert changed["reason"] == "ContainersNotReady"
