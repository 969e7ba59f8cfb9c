"""SIGTERM in each phase of a run, before and after the rename that publishes the model."""

import subprocess
import sys

import pytest

from sbert_api.result import Failed, Published
from tests.trainer.crash.laboratory import Laboratory
from tests.trainer.crash.reference import Reference
from tests.trainer.crash.trial import Trial
from tests.trainer.crash.verdict import (
    assert_ends_well,
    assert_same,
    published_model,
    said,
    stderr,
)

_INTERRUPTED = 30
_SCRIPT = """
import os, signal, sys

def hear(event, arguments):
    if event == "import" and arguments[0] == "torch":
        os.kill(os.getpid(), signal.SIGTERM)
        signal.pause()

sys.addaudithook(hear)
from sbert_trainer.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize(
    "phase",
    [
        "reading data",
        "loading the model",
        "scoring the base model",
        "saving",
        "loading again",
        "publishing",
    ],
)
def test_outside_of_the_steps_it_ends_at_once(
    lab: Laboratory, reference: Reference, phase: str
) -> None:
    """Whatever the main thread does: here it does nothing more."""
    trial = lab.a_trial(event="held", phase=phase)
    assert lab.run(trial) == _INTERRUPTED, stderr(trial)
    assert_interrupted(trial)
    assert_ends_well(lab, trial, reference.model, from_step=_last_checkpoint(trial))


@pytest.mark.parametrize(
    ("phase", "reached"), [("step 1", 1), ("step 6", 6), ("scoring", 4), ("step 12", 12)]
)
def test_in_the_steps_it_ends_after_a_checkpoint(
    lab: Laboratory, reference: Reference, phase: str, reached: int
) -> None:
    trial = lab.a_trial(event="terminated", phase=phase, checkpoint_every=100)
    assert lab.run(trial) == _INTERRUPTED, stderr(trial)
    assert_interrupted(trial)
    step = _last_checkpoint(trial)
    assert step >= reached, "what was done is lost"
    assert_ends_well(lab, trial, reference.model, from_step=step)


@pytest.mark.parametrize("kind", ["os.mkdir", "safetensors", "os.fsync", "os.rename"])
def test_in_a_checkpoint_it_ends_after_that_checkpoint(
    lab: Laboratory, reference: Reference, kind: str
) -> None:
    number = reference.numbers(rf"^{kind} .*/checkpoints/\.?step-3")[0]
    trial = lab.a_trial(event="terminated", operation=number)
    assert lab.run(trial) == _INTERRUPTED, stderr(trial)
    assert_interrupted(trial)
    assert_ends_well(lab, trial, reference.model, from_step=3)


@pytest.mark.parametrize("pattern", ["^os.rename trained_models/", "^os.fsync trained_models"])
def test_once_the_model_becomes_visible_the_run_is_reported_as_published(
    lab: Laboratory, reference: Reference, pattern: str
) -> None:
    trial = lab.a_trial(event="terminated", operation=reference.numbers(pattern)[0])
    assert lab.run(trial) == 0, stderr(trial)
    assert isinstance(said(trial), Published)
    assert_same(published_model(trial), reference.model)
    assert_ends_well(lab, trial, reference.model)


def test_while_torch_is_loaded_it_ends_at_once(lab: Laboratory, reference: Reference) -> None:
    """In a process of its own: the fork server has loaded torch already."""
    trial = lab.a_trial()
    with (trial.folder / "stderr").open("w") as stream:
        done = subprocess.run(
            [sys.executable, "-c", _SCRIPT, *trial.arguments],
            stdout=subprocess.DEVNULL,
            stderr=stream,
            check=False,
            timeout=60,
        )
    assert done.returncode == _INTERRUPTED, stderr(trial)
    assert_interrupted(trial)
    assert_ends_well(lab, trial, reference.model)


def assert_interrupted(trial: Trial) -> None:
    result = said(trial)
    assert isinstance(result, Failed)
    assert result.reason == "Interrupted"
    assert "Traceback" not in stderr(trial)
    assert published_model(trial) is None


def _last_checkpoint(trial: Trial) -> int:
    """The step of the newest checkpoint that lies in the work folder, 0 if there is none."""
    found = (trial.models / ".work").glob("*/*/checkpoints/step-*")
    return max((int(path.name.removeprefix("step-")) for path in found), default=0)
