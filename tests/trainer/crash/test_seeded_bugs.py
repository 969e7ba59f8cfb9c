"""The harness finds the mistakes that it is there for."""

import pytest

from tests.trainer.crash.enumeration import wrong_after_kills, wrong_before
from tests.trainer.crash.laboratory import Laboratory
from tests.trainer.crash.reference import Reference, uninterrupted
from tests.trainer.crash.verdict import assert_ends_well, lost, stderr

_INTERRUPTED = 30


def test_a_power_cut_takes_nothing_away_that_was_shown(lab: Laboratory) -> None:
    trial = lab.a_trial(power_cut=True)
    assert lab.run(trial) == 0, stderr(trial)
    assert lost(trial) == []


def test_a_trainer_that_syncs_nothing_is_found(lab: Laboratory) -> None:
    trial = lab.a_trial(power_cut=True, bug="syncs nothing")
    assert lab.run(trial) == 0, stderr(trial)
    assert any(name.endswith("model.safetensors") for name in lost(trial))


def test_a_trainer_that_publishes_by_copying_is_found(
    lab: Laboratory, reference: Reference
) -> None:
    bug = "publishes by copying"
    number = uninterrupted(lab, bug=bug).numbers("^open trained_models/")[2]
    assert wrong_after_kills(lab, reference, [number], bug)
    watched = lab.a_trial(bug=bug, keep_operations=True)
    assert lab.run(watched) == 0, stderr(watched)
    assert wrong_before(number, lab, reference, lab.at_state(watched, number))


def test_a_trainer_that_forgets_its_random_states_is_found(
    lab: Laboratory, reference: Reference
) -> None:
    trial = lab.a_trial(event="terminated", phase="step 6", bug="forgets random states")
    assert lab.run(trial) == _INTERRUPTED, stderr(trial)
    with pytest.raises(AssertionError, match="other content than after an uninterrupted run"):
        assert_ends_well(lab, trial, reference.model)


def test_a_trainer_that_believes_any_checkpoint_is_found(
    lab: Laboratory, reference: Reference
) -> None:
    trial = lab.a_trial(event="terminated", phase="step 6", bug="believes any checkpoint")
    assert lab.run(trial) == _INTERRUPTED, stderr(trial)
    (weights,) = (trial.models / ".work").glob("*/*/checkpoints/step-6/model.safetensors")
    content = bytearray(weights.read_bytes())
    content[-1] ^= 4
    weights.write_bytes(content)
    with pytest.raises(AssertionError):
        assert_ends_well(lab, trial, reference.model)
