"""Whether a run's model fits the volume: refused only if it surely does not."""

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sbert_trainer.errors import DiskFullError
from sbert_trainer.room import check_room
from tests.unit.trainer.builders import a_task

PARAMETERS = 25_000_000
"""100 MB of weights in float32."""


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def a_volume_with(free: int, monkeypatch: pytest.MonkeyPatch, total: int = 1 << 40) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(total, total - free, free))


@pytest.mark.parametrize(
    ("needed", "fields"),
    [
        pytest.param(100, {}, id="the weights"),
        pytest.param(400, {"saveEachEpoch": True, "epochs": 3}, id="and those of each epoch"),
        pytest.param(100, {"epochs": 3}, id="epochs that are not kept"),
        pytest.param(300, {"saveOptimizerState": True}, id="and two states of AdamW"),
        pytest.param(
            200, {"saveOptimizerState": True, "optimizerName": "RMSprop"}, id="and one of RMSprop"
        ),
        pytest.param(100, {"saveOptimizerState": True, "optimizerName": "SGD"}, id="SGD has none"),
    ],
)
def test_m14_a_model_needs_room_for_what_it_will_consist_of(
    needed: int, fields: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_volume_with(needed * 10**6, monkeypatch)
    check_room(a_task(**fields), tmp_path, PARAMETERS)
    a_volume_with(needed * 10**6 - 1, monkeypatch)
    with pytest.raises(DiskFullError):
        check_room(a_task(**fields), tmp_path, PARAMETERS)


def test_m14_the_message_names_what_is_needed_and_what_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_volume_with(30_000_000, monkeypatch)
    with pytest.raises(DiskFullError) as caught:
        check_room(a_task(), tmp_path, PARAMETERS)
    assert caught.value.message == (
        f"{tmp_path}: the trained model needs 0.10 GB, found 0.03 GB free"
    )


def test_m14_what_an_earlier_attempt_has_left_counts_as_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = a_task()
    work = tmp_path / ".work" / task.uid / task.run_key
    (work / "checkpoints").mkdir(parents=True)
    (work / "checkpoints" / "weights").write_bytes(bytes(1000))
    a_volume_with(4 * 1000, monkeypatch)
    check_room(task, tmp_path, 1250)
    with pytest.raises(DiskFullError):
        check_room(task, tmp_path, 1251)


def test_checkpoints_that_may_not_fit_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a_volume_with(500_000_000, monkeypatch)
    check_room(a_task(), tmp_path, PARAMETERS)
    assert capsys.readouterr().err == ""
    a_volume_with(490_000_000, monkeypatch)
    check_room(a_task(), tmp_path, PARAMETERS)
    assert capsys.readouterr().err == (
        f"warning: {tmp_path}: 0.49 GB are free, the trained model needs 0.10 GB, a checkpoint up"
        " to 0.40 GB: a run of more than a minute may find no room\n"
    )


def test_a_volume_that_does_not_say_how_large_it_is_is_not_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_volume_with(0, monkeypatch, total=0)
    check_room(a_task(), tmp_path, PARAMETERS)
