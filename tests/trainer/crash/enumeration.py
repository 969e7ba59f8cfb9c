"""One interruption of a run at a given place, and what must be true after it."""

from collections.abc import Iterable
from functools import partial

from tests.trainer.crash.laboratory import Laboratory
from tests.trainer.crash.reference import Reference
from tests.trainer.crash.trial import Event
from tests.trainer.crash.verdict import assert_ends_well, assert_whole_or_nothing, stderr

SIGKILL = -9


def wrong_after_kills(
    lab: Laboratory, reference: Reference, event: Event, numbers: Iterable[int], bug: str = ""
) -> list[str]:
    """What was wrong after a kill before each of these operations; empty if nothing was."""
    return lab.each(partial(_wrong_after_kill, lab, reference, event, bug), numbers)


def _wrong_after_kill(
    lab: Laboratory, reference: Reference, event: Event, bug: str, number: int
) -> str:
    trial = lab.a_trial(event=event, operation=number, bug=bug)
    code = lab.run(trial)
    try:
        assert code == SIGKILL, f"the attempt ended with {code}: {stderr(trial)}"
        assert_whole_or_nothing(trial)
        step = reference.durable_step(number)
        assert_ends_well(lab, trial, reference.model, from_step=step)
    except AssertionError as error:
        return f"{event} before {number}, {reference.operations[number - 1]}: {error}"
    lab.discard(trial)
    return ""
