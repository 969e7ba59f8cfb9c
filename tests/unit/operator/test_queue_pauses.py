"""The work queue after failures."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sbert_operator.errors import ApiError, BlockedError, ForbiddenError
from sbert_operator.observed import Key
from sbert_operator.queue import LONGEST_PAUSE, Queue
from tests.unit.operator.recorder import A, B, Recorder, nothing_happens, run


def test_a_failure_is_tried_again_until_it_works() -> None:
    async def test() -> None:
        async def act(key: Key) -> None:
            if len(work.keys) < 3:
                raise ApiError(500, "no")

        work = Recorder(act)
        queue = Queue(work, jitter=lambda low, high: 0.001)
        queue.add(A)
        runner = asyncio.create_task(queue.run())
        await work.until(3)
        await nothing_happens()
        runner.cancel()
        assert work.keys == [A, A, A]

    run(test)


async def pauses_of(act: Callable[[Key], Awaitable[None]], passes: int) -> list[float]:
    """Seconds after which a key is planned anew, one for each pass that fails."""
    found: list[float] = []
    queue = Queue(Recorder(act), jitter=lambda low, high: 1.0)
    queue.add_after = lambda key, seconds: found.append(seconds)  # type: ignore[method-assign]
    for _ in range(passes):
        await queue._pass(A)
    return found


@pytest.mark.parametrize(
    ("error", "pauses"),
    [
        pytest.param(ApiError(500, "no"), [0.2, 0.4, 0.8, 1.6], id="grows"),
        pytest.param(BlockedError("wait"), [0.2, 0.4, 0.8, 1.6], id="a blocked task too"),
        pytest.param(ValueError("a bug"), [0.2, 0.4, 0.8, 1.6], id="a bug too"),
        pytest.param(ApiError(429, "slow", 7.0), [7.0] * 4, id="as long as the server asks"),
    ],
)
def test_the_pause_after_a_failure(error: Exception, pauses: list[float]) -> None:
    async def test() -> None:
        async def act(key: Key) -> None:
            raise error

        assert await pauses_of(act, len(pauses)) == pauses

    run(test)


def test_the_pause_has_a_limit() -> None:
    async def test() -> None:
        async def act(key: Key) -> None:
            raise ForbiddenError(403, "no")

        assert (await pauses_of(act, 200))[-1] == LONGEST_PAUSE

    run(test)


def test_a_good_pass_makes_the_next_failure_a_first_one() -> None:
    async def test() -> None:
        fails = iter([True, True, False, True])

        async def act(key: Key) -> None:
            if next(fails):
                raise ApiError(500, "no")

        assert await pauses_of(act, 4) == [0.2, 0.4, 0.2]

    run(test)


def test_after_an_outage_every_paused_key_is_tried_at_once() -> None:
    async def test() -> None:
        async def act(key: Key) -> None:
            if len(work.keys) <= 2:
                raise ApiError(0, "no answer", 3600.0)

        work = Recorder(act)
        queue = Queue(work)
        runner = asyncio.create_task(queue.run())
        queue.add(A)
        queue.add(B)
        await work.until(2)
        await nothing_happens()
        queue.retry_now()
        await work.until(4)
        runner.cancel()
        assert sorted(work.keys) == [A, A, B, B]

    run(test)


def test_an_event_ends_a_pause() -> None:
    async def test() -> None:
        work = Recorder()
        queue = Queue(work)
        queue.add_after(A, 3600)
        runner = asyncio.create_task(queue.run())
        queue.add(A)
        await work.until(1)
        runner.cancel()

    run(test)
