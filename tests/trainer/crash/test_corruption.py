"""A checkpoint that is not as it was written: the one before is taken, the result is the same."""

import filecmp
from pathlib import Path

import pytest

from tests.trainer.crash.laboratory import Laboratory
from tests.trainer.crash.mutations import OF_A_FILE, OF_THE_WHOLE, Mutation
from tests.trainer.crash.reference import Reference
from tests.trainer.crash.trial import Trial
from tests.trainer.crash.verdict import assert_ends_well, resumed_step, stderr

_INTERRUPTED = 30


@pytest.fixture(scope="module")
def interrupted(lab: Laboratory) -> Trial:
    """An attempt that ended with checkpoints of the steps 3 and 6."""
    trial = lab.a_trial(event="terminated", phase="step 6")
    assert lab.run(trial) == _INTERRUPTED, stderr(trial)
    return trial


def _newest(trial: Trial) -> Path:
    (folder,) = (trial.models / ".work").glob("*/*/checkpoints/step-6")
    return folder


def _wrong_after(
    lab: Laboratory, reference: Reference, trial: Trial, name: str, mutation: Mutation
) -> str:
    """What was wrong after a mutation of a file, or "." for the folder; empty if nothing was."""
    copied = lab.copy(trial)
    mutation(_newest(copied) / name)
    try:
        assert_ends_well(lab, copied, reference.model)
        assert resumed_step(copied) == 3, stderr(copied)
    except AssertionError as error:
        return f"{name}: {error}"
    lab.discard(copied)
    return ""


def test_a_whole_one_is_taken_up(lab: Laboratory, reference: Reference, interrupted: Trial) -> None:
    """Or the tests below would find nothing."""
    copied = lab.copy(interrupted)
    assert_ends_well(lab, copied, reference.model)
    assert resumed_step(copied) == 6


@pytest.mark.parametrize("name", OF_THE_WHOLE)
def test_one_that_is_no_longer_whole(
    lab: Laboratory, reference: Reference, interrupted: Trial, name: str
) -> None:
    assert _wrong_after(lab, reference, interrupted, ".", OF_THE_WHOLE[name]) == ""


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mutation", OF_A_FILE)
def test_each_of_its_files(
    lab: Laboratory, reference: Reference, interrupted: Trial, mutation: str
) -> None:
    newest = _newest(interrupted)
    names = sorted(path.name for path in newest.iterdir())
    assert len(names) >= 7
    if mutation == "of another step":
        _, names, _ = filecmp.cmpfiles(newest, newest.with_name("step-3"), names, shallow=False)
        assert "model.safetensors" in names, "some files are the same at each step, but not this"

    def wrong(name: str) -> str:
        return _wrong_after(lab, reference, interrupted, name, OF_A_FILE[mutation])

    assert lab.each(wrong, names) == []
