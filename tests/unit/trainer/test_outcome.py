"""What is written for the operator at the end."""

from pathlib import Path

import pytest

from sbert_api.reasons import HINTS, Reason
from sbert_api.result import Failed, parse_termination_message
from sbert_trainer import outcome
from sbert_trainer.errors import DatasetValidationError, OutputConflictError
from sbert_trainer.outcome import report_failure


def written(log: Path) -> Failed:
    found = parse_termination_message(log.read_text())
    assert isinstance(found, Failed)
    return found


def test_a_failure_is_written_with_reason_message_and_hint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report_failure(DatasetValidationError("bad", hint="mend it"), tmp_path / "log")
    assert written(tmp_path / "log") == Failed(
        reason="DatasetValidationError", message="bad", hint="mend it"
    )
    assert capsys.readouterr().err == "DatasetValidationError: bad\nmend it\n"


def test_a_failure_without_a_hint_has_the_reason_s_own(tmp_path: Path) -> None:
    report_failure(OutputConflictError("taken"), tmp_path / "log")
    assert written(tmp_path / "log").hint == HINTS[Reason.OUTPUT_CONFLICT]


def test_a_long_message_is_cut(tmp_path: Path) -> None:
    report_failure(DatasetValidationError("ä" * 5000), tmp_path / "log")
    assert written(tmp_path / "log").message.startswith("äääää")
    assert len((tmp_path / "log").read_bytes()) <= 4096


def test_control_characters_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report_failure(DatasetValidationError("a\x1b[31m\nb", hint="h"), tmp_path / "log")
    assert capsys.readouterr().err == "DatasetValidationError: a\\x1b[31m\\nb\nh\n"


def test_without_a_kubelet_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = tmp_path / "termination-log"
    monkeypatch.setattr(outcome, "DEFAULT_LOG", missing)
    report_failure(DatasetValidationError("bad"), missing)
    assert not missing.exists()
