"""bubblewrap: found, or a sentence about what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devcluster import bubblewrap
from devcluster.errors import DevClusterError

if TYPE_CHECKING:
    from pathlib import Path


def a_bwrap(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_one_that_works_is_taken(tmp_path: Path) -> None:
    bubblewrap.check_works(a_bwrap(tmp_path / "bwrap", "exit 0"))


@pytest.mark.parametrize(
    ("restricted", "sentence"),
    [
        pytest.param("1\n", "AppArmor forbids user namespaces", id="Ubuntu's restriction"),
        pytest.param("0\n", "cannot make a sandbox here: no uid map", id="anything else"),
    ],
)
def test_one_that_fails_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restricted: str, sentence: str
) -> None:
    switch = tmp_path / "apparmor_restrict_unprivileged_userns"
    switch.write_text(restricted)
    monkeypatch.setattr(bubblewrap, "_APPARMOR", switch)
    bwrap = a_bwrap(tmp_path / "bwrap", "echo no uid map >&2; exit 1")
    with pytest.raises(DevClusterError, match=sentence):
        bubblewrap.check_works(bwrap)


def test_system_without_apt_gets_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DevClusterError, match=r"neither on PATH nor in the cache. Install"):
        bubblewrap.provide_bubblewrap()
