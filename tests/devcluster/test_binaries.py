"""Where the programs come from: the first place that has them all, else a build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devcluster.binaries import find, prints_version, provide
from devcluster.errors import DevClusterError
from devcluster.paths import bin_folder
from devcluster.versions import Component

if TYPE_CHECKING:
    from pathlib import Path

TOOL = Component(
    name="tool", version="v1.2.3", module=".", packages={"tool": "example.org/tool"}, seconds=1
)
# A compiler that writes a program that says where it was built.
GO = 'echo example.org/tool >&2; while [ "$1" != -o ]; do shift; done; echo built > "$2"; exit %d'


def a_program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Return where a program may lie: folder of the variable, cache, PATH. All are empty."""
    named, on_path = tmp_path / "named", tmp_path / "path"
    monkeypatch.setenv("SBERT_DEVCLUSTER_BIN", str(named))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{on_path}:/usr/bin:/bin")
    return {"named": named, "cache": bin_folder("tool", "v1.2.3"), "path": on_path}


@pytest.mark.parametrize(
    ("present", "chosen"),
    [
        (["named", "cache", "path"], "named"),
        (["cache", "path"], "cache"),
        (["path"], "path"),
    ],
    ids=["variable first", "then the cache", "then PATH"],
)
def test_order_of_preference(places: dict[str, Path], present: list[str], chosen: str) -> None:
    for place in present:
        a_program(places[place] / "tool", "echo tool version 1.2.3")
    assert find(TOOL) == {"tool": places[chosen] / "tool"}


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("Kubernetes v1.2.3", True),
        ("etcd Version: 1.2.3", True),
        ("v1.2.3+gabc", True),
        ("v1.2.30", False),
        ("v1.2", False),
    ],
)
def test_version_on_path_must_be_right(tmp_path: Path, said: str, right: bool) -> None:
    assert prints_version(a_program(tmp_path / "tool", f"echo {said}"), "v1.2.3") is right


def test_build_goes_to_the_cache_and_says_how_long_it_takes(places: dict[str, Path]) -> None:
    a_program(places["path"] / "go", GO % 0)
    said: list[str] = []
    assert provide(TOOL, said.append) == {"tool": places["cache"] / "tool"}
    assert (places["cache"] / "tool").read_text() == "built\n"
    assert said == ["building tool v1.2.3, usually 1 s"]


def test_failed_build_leaves_nothing_and_shows_gos_words(places: dict[str, Path]) -> None:
    a_program(places["path"] / "go", GO % 1)
    with pytest.raises(DevClusterError, match=r"go build of tool failed(.|\n)*example\.org/tool"):
        provide(TOOL, lambda _: None)
    assert list(places["cache"].iterdir()) == []
    assert [path.name for path in places["cache"].parent.iterdir()] == ["tool-v1.2.3"]


def test_without_go_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(DevClusterError, match=r"no Go to build it. Install Go"):
        provide(TOOL, lambda _: None)
