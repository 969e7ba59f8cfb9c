"""Errors: each has a row in the contract's table; the operating system's are translated."""

import errno
from pathlib import Path

import pytest

from sbert_api.exit_codes import EXIT_CODES
from sbert_api.reasons import Reason
from sbert_trainer import errors
from sbert_trainer.errors import DiskFullError, StorageError, TrainerError, storage_error
from sbert_trainer.outcome import as_trainer_error

NOT_RAISED = {Reason.PUBLISHED, Reason.KILLED}


def test_every_exit_code_of_the_trainer_has_one_error() -> None:
    reasons = [kind.reason for kind in TrainerError.__subclasses__()]
    assert sorted(reasons) == sorted(
        row.reason for row in EXIT_CODES if row.reason not in NOT_RAISED
    )


def test_the_docstring_s_tree_shows_every_error_with_its_code() -> None:
    tree = errors.__doc__ or ""
    for kind in TrainerError.__subclasses__():
        if kind.__module__ == errors.__name__:
            line = next(line for line in tree.splitlines() if f" {kind.__name__} " in line)
            assert str(kind("").exit_code) in line.split()


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, DiskFullError),
        (errno.EDQUOT, DiskFullError),
        (errno.EROFS, StorageError),
        (errno.EACCES, StorageError),
        (errno.EIO, StorageError),
        (errno.ESTALE, StorageError),
    ],
)
def test_an_error_of_the_operating_system_names_the_path(
    number: int, kind: type[TrainerError]
) -> None:
    found = storage_error(OSError(number, "words", "/data/models/x"), Path("/data/models"))
    assert type(found) is kind
    assert "/data/models/x" in found.message


def test_safetensors_hides_the_number_in_its_text() -> None:
    error = RuntimeError("Error while serializing: I/O error: No space left (os error 28)")
    assert isinstance(storage_error(error, Path("/m")), DiskFullError)


def test_a_refused_write_names_the_user() -> None:
    found = storage_error(PermissionError(errno.EACCES, "no"), Path("/data/models"))
    assert found is not None
    assert "as user " in found.message


def test_an_unknown_exception_is_an_internal_error_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = as_trainer_error(ValueError("first\nsecond"), Path("/m"))
    assert (found.exit_code, found.message) == (1, "ValueError: first")
    assert "ValueError: first\nsecond" in capsys.readouterr().err


def test_an_error_that_has_a_reason_stays_as_it_is() -> None:
    error = DiskFullError("full")
    assert as_trainer_error(error, Path("/m")) is error
