"""Until when this process may write."""

import math
import time

import pytest

from sbert_operator.errors import FencedError
from sbert_operator.fence import Fence, boottime


@pytest.mark.parametrize(
    ("until", "now", "is_open"),
    [
        pytest.param(110.0, 109.9, True, id="before"),
        pytest.param(110.0, 110.0, True, id="at the moment"),
        pytest.param(110.0, 110.1, False, id="after"),
        pytest.param(110.0, 5000.0, False, id="after a machine was suspended"),
        pytest.param(math.inf, 1e12, True, id="for ever"),
    ],
)
def test_a_fence_is_open_until_its_moment(until: float, now: float, is_open: bool) -> None:
    fence = Fence(lambda: now)
    fence.open_until(until)
    assert fence.is_open is is_open


def test_a_new_fence_is_closed() -> None:
    with pytest.raises(FencedError, match="not written: this operator does not lead"):
        Fence().check()


def test_a_fence_that_was_closed_stays_closed() -> None:
    fence = Fence()
    fence.open_until(math.inf)
    fence.check()
    fence.close()
    with pytest.raises(FencedError):
        fence.check()


def test_the_clock_counts_the_time_in_which_the_machine_was_suspended() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert before <= boottime() <= time.clock_gettime(time.CLOCK_BOOTTIME)
