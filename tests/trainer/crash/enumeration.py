"""Kills of a run at given places, and what must be true after each."""

from collections.abc import Iterable
from functools import partial

from tests.trainer.crash.laboratory import Laboratory
from tests.trainer.crash.reference import Reference
from tests.trainer.crash.trial import Trial
from tests.trainer.crash.verdict import assert_ends_well, assert_whole_or_nothing, stderr

SIGKILL = -9


def wrong_after_kills(
    lab: Laboratory, reference: Reference, numbers: Iterable[int], bug: str = ""
) -> list[str]:
    """What was wrong after a SIGKILL before each of these operations; empty if nothing was."""
    return lab.each(partial(_wrong_after_kill, lab, reference, bug), numbers)


def _wrong_after_kill(lab: Laboratory, reference: Reference, bug: str, number: int) -> str:
    trial = lab.a_trial(event="killed", operation=number, bug=bug)
    code = lab.run(trial)
    if code != SIGKILL:
        return f"the attempt ended with {code} before {number}: {stderr(trial)}"
    return wrong_before(number, lab, reference, trial)


def wrong_before(number: int, lab: Laboratory, reference: Reference, trial: Trial) -> str:
    """What was wrong with a trial that was killed before an operation; empty if nothing was."""
    wrong = wrong_after(lab, reference, trial, reference.durable_step(number))
    return wrong and f"killed before {number}, {reference.operations[number - 1]}: {wrong}"


def wrong_after(lab: Laboratory, reference: Reference, trial: Trial, step: int = 0) -> str:
    """What was wrong with a trial that was killed after this durable step; empty if nothing was."""
    try:
        assert_whole_or_nothing(trial)
        assert_ends_well(lab, trial, reference.model, from_step=step)
    except AssertionError as error:
        return str(error)
    lab.discard(trial)
    return ""
