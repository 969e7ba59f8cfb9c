"""V04, V06: a model volume that is full from some moment on, or that nobody may write to."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import pytest

from sbert_api.result import Failed
from tests.trainer.crash.events import FILLER
from tests.trainer.crash.laboratory import Laboratory, the_task
from tests.trainer.crash.reference import Reference
from tests.trainer.crash.trial import Event, Trial
from tests.trainer.crash.verdict import (
    assert_ends_well,
    assert_whole_or_nothing,
    published_model,
    said,
    stderr,
)

_PUBLISHED, _DISK_FULL, _STORAGE = 0, 31, 32
_WRITES = r"^(open|safetensors|tokenizer|os\.mkdir) "
_EVERY = 10


class SmallVolumes:
    """The file systems with little room, each for one trial at a time."""

    def __init__(self, lab: Laboratory) -> None:
        """Skips where the machine lets nobody mount one."""
        if lab.server.no_mounts:
            pytest.skip(lab.server.no_mounts)
        self._free: SimpleQueue[Path] = SimpleQueue()
        for volume in lab.server.small_volumes:
            self._free.put(volume)

    @contextmanager
    def one(self) -> Iterator[Path]:
        """An empty one."""
        volume = self._free.get()
        try:
            yield volume
        finally:
            for path in volume.iterdir():
                _remove(path)
            self._free.put(volume)


@pytest.fixture(scope="module")
def small_volumes(lab: Laboratory) -> SmallVolumes:
    """Two of them."""
    return SmallVolumes(lab)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _wrong_when_full(
    lab: Laboratory, small: SmallVolumes, reference: Reference, event: Event, number: int
) -> str:
    """What was wrong after nothing more fitted from an operation on; empty if nothing was."""
    with small.one() as volume:
        folder = lab.folder / f"{event}-{number}"
        trial = lab.on(
            Trial(folder, event=event, operation=number, models_folder=volume), the_task()
        )
        code = lab.run(trial)
        try:
            assert code in (_DISK_FULL, _PUBLISHED), f"ended with {code}: {stderr(trial)}"
            assert "Traceback" not in stderr(trial)
            assert_whole_or_nothing(trial)
            assert (code == _PUBLISHED) == (published_model(trial) is not None)
            _remove(trial.models / FILLER)
            step = reference.durable_step(number)
            assert_ends_well(lab, trial, reference.model, from_step=step)
        except AssertionError as error:
            return f"{event} before {number}, {reference.operations[number - 1]}: {error}"
    shutil.rmtree(folder)
    return ""


@pytest.mark.parametrize("event", ["full", "full of names"])
def test_v06_a_disk_that_fills_up_at_some_writes(
    lab: Laboratory, small_volumes: SmallVolumes, reference: Reference, event: Event
) -> None:
    numbers = reference.numbers(_WRITES)[::_EVERY]
    wrong = lab.each(
        lambda number: _wrong_when_full(lab, small_volumes, reference, event, number), numbers
    )
    assert wrong == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_v06_a_disk_that_fills_up_at_every_write(
    lab: Laboratory, small_volumes: SmallVolumes, reference: Reference
) -> None:
    numbers = reference.numbers(_WRITES)
    print(f"{len(numbers)} writes")
    wrong = lab.each(
        lambda number: _wrong_when_full(lab, small_volumes, reference, "full", number), numbers
    )
    assert wrong == []


def test_v04_a_volume_that_is_mounted_read_only(lab: Laboratory, reference: Reference) -> None:
    if lab.server.no_mounts:
        pytest.skip(lab.server.no_mounts)
    trial = lab.a_trial(read_only=True)
    assert lab.run(trial) == _STORAGE, stderr(trial)
    result = said(trial)
    assert isinstance(result, Failed)
    assert "Read-only file system" in result.message
    assert_whole_or_nothing(trial)
    assert lab.run_again(trial) == _PUBLISHED, stderr(trial)
    assert published_model(trial) == reference.model


def test_v07_a_volume_that_the_user_may_not_write_to(lab: Laboratory) -> None:
    trial = lab.a_trial(unprivileged=True)
    trial.models.chmod(0o555)
    assert lab.run(trial) == _STORAGE, stderr(trial)
    result = said(trial)
    assert isinstance(result, Failed)
    assert "Permission denied" in result.message
    assert "as user" in result.message
