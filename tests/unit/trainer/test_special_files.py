"""Pipes, devices and volumes that fail: refused or passed on, and never waited for."""

import os
from pathlib import Path

import pytest

from sbert_trainer.errors import InvalidModelIdError
from sbert_trainer.validation.model_files import check_model
from tests.unit.trainer.builders import a_model_folder
from tests.unit.trainer.model_folders import a_hub_cache, refusal


@pytest.mark.parametrize(
    "name",
    ["config.json", "modules.json", "1_Pooling/config.json", "model.safetensors", "tokenizer.json"],
)
def test_a_pipe_in_a_model_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    folder = a_model_folder(tmp_path / "base")
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    found = refusal(tmp_path)
    assert isinstance(found, InvalidModelIdError)
    assert found.message == f"{name}: found a pipe or device, expected a file"


def test_a_device_behind_a_link_is_refused(tmp_path: Path) -> None:
    folder = a_model_folder(tmp_path / "base")
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to("/dev/zero")
    with pytest.raises(InvalidModelIdError, match="found a pipe or device"):
        check_model(folder, Path("/"))


def test_a_pipe_as_reference_of_a_hub_cache_is_not_waited_for(tmp_path: Path) -> None:
    a_hub_cache(tmp_path)
    reference = tmp_path / "models--org--name" / "refs" / "main"
    reference.unlink()
    os.mkfifo(reference)
    assert "looked for the file refs/main" in refusal(tmp_path, "models--org--name").message


@pytest.mark.parametrize("name", ["modules.json", "config.json", "model.safetensors"])
def test_v08_a_volume_that_cannot_be_read_is_not_the_model_s_fault(
    tmp_path: Path, name: str
) -> None:
    """The kernel answers with EIO to whoever reads the first byte of /proc/self/mem."""
    folder = a_model_folder(tmp_path / "base")
    (folder / name).unlink()
    (folder / name).symlink_to("/proc/self/mem")
    with pytest.raises(OSError, match="Input/output error"):
        check_model(folder, Path("/"))
