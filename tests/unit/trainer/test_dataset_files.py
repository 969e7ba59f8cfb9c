"""What a dataset's name can lead to that is no file to read: refused, not waited for, not run."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from sbert_trainer.errors import DatasetValidationError, TrainingDatasetNotFoundError
from tests.unit.trainer.builders import a_row, write_dataset
from tests.unit.trainer.canary import Canary, listening
from tests.unit.trainer.dataset_files import check, failure

_WITHOUT_PRIVILEGES = """
from sbert_trainer.__main__ import main
from tests.trainer.crash.kernel import drop_privileges
drop_privileges()
raise SystemExit(main())
"""
"""Root may read everything."""


class TestD02WhatIsNoRegularFile:
    def test_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "faq.jsonl").mkdir()
        assert "expected a file" in failure(tmp_path).message

    def test_a_pipe_does_not_hang(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "faq.jsonl")
        assert "expected a file" in failure(tmp_path).message

    def test_a_device_is_not_read(self, tmp_path: Path) -> None:
        (tmp_path / "faq.jsonl").symlink_to("/dev/zero")
        assert "expected a file" in failure(tmp_path).message

    def test_a_socket(self, tmp_path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(tmp_path / "faq.jsonl"))
            assert "faq.jsonl: cannot be opened" in failure(tmp_path).message

    def test_a_link_out_of_the_volume(self, tmp_path: Path) -> None:
        (tmp_path / "volume").mkdir()
        outside = write_dataset(tmp_path, "outside", a_row())
        (tmp_path / "volume" / "faq.jsonl").symlink_to(outside)
        assert failure(tmp_path / "volume").message == (
            "faq.jsonl: found a link that leads out of the dataset volume, expected a file inside;"
            " copy the file to where the link is"
        )

    def test_a_link_inside_the_volume_is_followed(self, tmp_path: Path) -> None:
        write_dataset(tmp_path, "real", a_row())
        (tmp_path / "faq.jsonl").symlink_to("real.jsonl")
        assert check(tmp_path).rows == {"faq": 1}

    def test_a_link_to_itself(self, tmp_path: Path) -> None:
        (tmp_path / "faq.jsonl").symlink_to("faq.jsonl")
        assert isinstance(failure(tmp_path), DatasetValidationError)

    def test_a_dangling_link(self, tmp_path: Path) -> None:
        (tmp_path / "faq.jsonl").symlink_to("gone")
        assert isinstance(failure(tmp_path), TrainingDatasetNotFoundError)


def test_d03_a_file_that_may_not_be_read_says_who_wanted_to(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", a_row()).chmod(0)
    arguments = ["validate", "--datasets", str(tmp_path), "faq"]
    command = [sys.executable, "-c", _WITHOUT_PRIVILEGES, *arguments]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 15
    assert found.stderr.startswith(
        f"faq.jsonl: cannot be opened (Permission denied), expected a file that user {os.geteuid()}"
    )


def test_d29_nothing_beside_the_data_is_opened_or_run(tmp_path: Path) -> None:
    canary = Canary(tmp_path)
    for name in ("faq.py", "faq.jsonl.py", "dataset.py", f"{tmp_path.name}.py", "__init__.py"):
        (tmp_path / name).write_text(canary.module())
    (tmp_path / "dataset_infos.json").write_text('{"builder_name": "faq"}')
    with listening(canary):
        assert isinstance(failure(tmp_path), TrainingDatasetNotFoundError)
        write_dataset(tmp_path, "faq", a_row())
        assert check(tmp_path).rows == {"faq": 1}
    assert not canary.sings
    assert canary.heard == []
