"""SIGKILL at moments that nobody chose, in the middle of whatever Python does."""

import random
from functools import partial

import pytest

from tests.trainer.crash.laboratory import Laboratory
from tests.trainer.crash.reference import Reference
from tests.trainer.crash.verdict import assert_ends_well, assert_whole_or_nothing, stderr

SIGKILL = -9
_MOMENTS = 50
_NEVER = 1 << 60


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_kill_at_a_random_moment_changes_nothing(lab: Laboratory, reference: Reference) -> None:
    """A moment is the n-th call of a function in the main thread."""
    counted = lab.a_trial(call=_NEVER)
    assert lab.run(counted) == 0, stderr(counted)
    calls = int((counted.folder / "calls").read_text())
    moments = sorted(random.Random(11).randrange(1, calls) for _ in range(_MOMENTS))
    print(f"of {calls} calls: {moments}")
    assert lab.each(partial(_wrong_after_kill, lab, reference), moments) == []


def _wrong_after_kill(lab: Laboratory, reference: Reference, call: int) -> str:
    trial = lab.a_trial(event="killed", call=call)
    code = lab.run(trial)
    try:
        assert code in (SIGKILL, 0), f"the attempt ended with {code}: {stderr(trial)}"
        assert_whole_or_nothing(trial)
        assert_ends_well(lab, trial, reference.model)
    except AssertionError as error:
        return f"killed before call {call}: {error}"
    lab.discard(trial)
    return ""
