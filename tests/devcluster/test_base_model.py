"""The base model is laid out as the hub's cache does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devcluster.basemodel import HUB_FOLDER, install_base_model, lay_out, snapshot
from devcluster.errors import DevClusterError

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"config.json": "{}", "1_Pooling/config.json": "{}", "model.safetensors": "weights"}


@pytest.fixture
def hub_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a laid out model in the cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, text in FILES.items():
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    folder = tmp_path / "cache" / "sbert-operator" / "models" / HUB_FOLDER
    lay_out(tmp_path / "files", folder)
    return folder


def test_files_are_relative_links_to_blobs_of_their_content(hub_folder: Path) -> None:
    for name, text in FILES.items():
        link = snapshot(hub_folder) / name
        assert link.read_text() == text
        assert not link.readlink().is_absolute()
        assert link.resolve().parent == hub_folder / "blobs"
    assert len(list((hub_folder / "blobs").iterdir())) == 2  # equal files are one blob


def test_revision_looks_like_a_commit(hub_folder: Path) -> None:
    revision = snapshot(hub_folder).name
    assert len(revision) == 40
    assert int(revision, 16)


def test_installed_model_is_a_copy_that_stands_alone(hub_folder: Path, tmp_path: Path) -> None:
    installed = install_base_model(tmp_path / "volume")
    assert installed == tmp_path / "volume" / HUB_FOLDER
    file = (snapshot(installed) / "model.safetensors").resolve()
    assert file.is_relative_to(installed)
    assert install_base_model(tmp_path / "volume") == installed  # again: nothing to do
    assert hub_folder.exists()


def test_without_prepare_a_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DevClusterError, match="Run `make setup` once"):
        install_base_model(tmp_path / "volume")
