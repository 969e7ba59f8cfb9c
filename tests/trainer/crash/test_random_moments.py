"""SIGKILL at moments that nobody chose, in the middle of whatever Python does."""

import random

import pytest

from tests.trainer.crash.enumeration import wrong_after
from tests.trainer.crash.laboratory import Laboratory
from tests.trainer.crash.reference import Reference
from tests.trainer.crash.states import kept
from tests.trainer.crash.verdict import stderr

_MOMENTS = 50


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_kill_at_a_random_moment_changes_nothing(lab: Laboratory, reference: Reference) -> None:
    """A moment is the n-th call of a function in the main thread."""
    counted = lab.a_trial(count_calls=True)
    assert lab.run(counted) == 0, stderr(counted)
    calls = int((counted.folder / "calls").read_text())
    moments = sorted(random.Random(11).sample(range(1, calls + 1), _MOMENTS))
    print(f"of {calls} calls: {moments}")
    trial = lab.a_trial(keep_calls=tuple(moments))
    assert lab.run(trial) == 0, stderr(trial)

    def wrong(number: int) -> str:
        return wrong_after(lab, reference, lab.at_state(trial, number))

    assert lab.each(wrong, kept(trial)) == []
