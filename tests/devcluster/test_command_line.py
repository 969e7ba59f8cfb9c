"""`python -m devcluster` speaks in sentences."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from devcluster import __main__ as command_line
from devcluster import takedown
from devcluster.gobuild import minutes
from devcluster.paths import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path


def test_up_without_prepare_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SBERT_DEVCLUSTER_BIN", raising=False)
    assert command_line.main(["up", "--name", "never"]) == 1
    said = capsys.readouterr().err
    assert said == "devcluster: kubernetes v1.37.2 is not there. Run `make setup` once.\n"


def test_down_of_a_cluster_that_never_was_is_no_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command_line.main(["down", "--name", "never"]) == 0
    assert capsys.readouterr().out == "cluster never: not up\n"


def test_down_says_so_when_there_is_nothing_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(takedown, "CLUSTERS", tmp_path)
    assert command_line.main(["down"]) == 0
    assert capsys.readouterr().out == "Nothing to stop: no cluster of this checkout runs.\n"


def test_down_needs_no_virtual_environment() -> None:
    without_packages = [sys.executable, "-S", "-m", "devcluster.takedown", "never"]
    done = subprocess.run(
        without_packages, cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "cluster never: not up\n"), done.stderr


def test_what_takes_too_long_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def slow(_: Path) -> int:
        raise TimeoutError("processes [7] do not end")

    monkeypatch.setattr(takedown, "take_down", slow)
    assert command_line.main(["down", "--name", "never"]) == 1
    assert capsys.readouterr().err == "devcluster: processes [7] do not end\n"


@pytest.mark.parametrize("name", ["../elsewhere", "", "Upper", "a/b", "-x"])
def test_name_that_could_lead_elsewhere_is_refused(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["down", f"--name={name}"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("devcluster: a cluster's name consists of a-z, 0-9 and -")
    assert said.endswith(f"found {name!r}.\n")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (380, "6 min 20 s")]
)
def test_duration(seconds: float, text: str) -> None:
    assert minutes(seconds) == text
