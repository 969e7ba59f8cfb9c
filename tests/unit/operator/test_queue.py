"""The work queue: once, one at a time, again after failures."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sbert_operator.errors import ApiError, BlockedError, ForbiddenError
from sbert_operator.observed import Key
from sbert_operator.queue import LONGEST_PAUSE, Queue

A, B = Key("team", "a"), Key("team", "b")


class Recorder:
    """Work that notes its keys and does what each test asks."""

    def __init__(self, act: Callable[[Key], Awaitable[None]] | None = None) -> None:
        self.keys: list[Key] = []
        self.changed = asyncio.Event()
        self._act = act

    async def __call__(self, key: Key) -> None:
        self.keys.append(key)
        self.changed.set()
        if self._act:
            await self._act(key)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.keys) < count:
                self.changed.clear()
                await self.changed.wait()


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(_in_time(test))


async def _in_time(test: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.timeout(10):
        await test()


async def nothing_happens() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_key_that_is_added_often_is_worked_on_once() -> None:
    async def test() -> None:
        work = Recorder()
        queue = Queue(work)
        for _ in range(5):
            queue.add(A)
        assert queue.depth == 1
        runner = asyncio.create_task(queue.run())
        await work.until(1)
        await nothing_happens()
        runner.cancel()
        assert work.keys == [A]
        assert queue.depth == 0

    run(test)


def test_a_key_added_while_its_pass_runs_is_worked_on_once_more_and_not_beside_it() -> None:
    async def test() -> None:
        together, most = 0, 0
        go = asyncio.Event()

        async def act(key: Key) -> None:
            nonlocal together, most
            together += 1
            most = max(most, together)
            await go.wait()
            together -= 1

        work = Recorder(act)
        queue = Queue(work)
        runner = asyncio.create_task(queue.run())
        queue.add(A)
        await work.until(1)
        queue.add(A)
        queue.add(A)
        await nothing_happens()
        assert work.keys == [A]
        go.set()
        await work.until(2)
        await nothing_happens()
        runner.cancel()
        assert (work.keys, most) == ([A, A], 1)

    run(test)


def test_a_key_that_is_added_as_first_overtakes_the_others_and_is_worked_on_once() -> None:
    async def test() -> None:
        work, c = Recorder(), Key("team", "c")
        queue = Queue(work, workers=1)
        for key in (A, B, c):
            queue.add(key)
        queue.add(c, first=True)
        queue.add(c)
        assert queue.depth == 3
        runner = asyncio.create_task(queue.run())
        await work.until(3)
        await nothing_happens()
        runner.cancel()
        assert work.keys == [c, A, B]

    run(test)


def test_a_key_that_is_added_as_first_while_its_pass_runs_is_the_next() -> None:
    async def test() -> None:
        ended = asyncio.Event()

        async def act(key: Key) -> None:
            if work.keys == [A]:
                await ended.wait()

        work = Recorder(act)
        queue = Queue(work, workers=1)
        queue.add(A)
        runner = asyncio.create_task(queue.run())
        await work.until(1)
        queue.add(B)
        queue.add(A, first=True)
        ended.set()
        await work.until(3)
        runner.cancel()
        assert work.keys == [A, A, B]

    run(test)


def test_different_keys_are_worked_on_beside_each_other() -> None:
    async def test() -> None:
        go = asyncio.Event()

        async def act(key: Key) -> None:
            await go.wait()

        work = Recorder(act)
        queue = Queue(work)
        runner = asyncio.create_task(queue.run())
        queue.add(A)
        queue.add(B)
        await work.until(2)
        go.set()
        runner.cancel()

    run(test)


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

        found: list[float] = []
        queue = Queue(Recorder(act), jitter=lambda low, high: 1.0)
        queue.add_after = lambda key, seconds: found.append(seconds)  # type: ignore[method-assign]
        for _ in pauses:
            await queue._pass(A)
        assert found == pauses

    run(test)


def test_the_pause_has_a_limit() -> None:
    async def test() -> None:
        async def act(key: Key) -> None:
            raise ForbiddenError(403, "no")

        found: list[float] = []
        queue = Queue(Recorder(act), jitter=lambda low, high: 1.0)
        queue.add_after = lambda key, seconds: found.append(seconds)  # type: ignore[method-assign]
        for _ in range(200):
            await queue._pass(A)
        assert found[-1] == LONGEST_PAUSE

    run(test)


def test_a_good_pass_makes_the_next_failure_a_first_one() -> None:
    async def test() -> None:
        fails = iter([True, True, False, True])

        async def act(key: Key) -> None:
            if next(fails):
                raise ApiError(500, "no")

        found: list[float] = []
        queue = Queue(Recorder(act), jitter=lambda low, high: 1.0)
        queue.add_after = lambda key, seconds: found.append(seconds)  # type: ignore[method-assign]
        for _ in range(4):
            await queue._pass(A)
        assert found == [0.2, 0.4, 0.2]

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


def test_the_longest_wait_is_told() -> None:
    async def test() -> None:
        seconds = 100.0
        queue = Queue(Recorder(), clock=lambda: seconds)
        assert queue.oldest_seconds == 0
        queue.add(A)
        seconds = 107.5
        queue.add(B)
        assert queue.oldest_seconds == 7.5

    run(test)


def test_at_the_end_passes_that_run_are_waited_for_and_no_other_begins() -> None:
    async def test() -> None:
        go = asyncio.Event()

        async def act(key: Key) -> None:
            await go.wait()

        work = Recorder(act)
        queue = Queue(work, workers=1)
        runner = asyncio.create_task(queue.run())
        queue.add(A)
        queue.add(B)
        await work.until(1)
        draining = asyncio.create_task(queue.drain(5))
        await nothing_happens()
        assert not draining.done()
        go.set()
        assert await draining
        await nothing_happens()
        runner.cancel()
        assert work.keys == [A]

    run(test)


def test_a_queue_without_work_is_drained_at_once() -> None:
    async def test() -> None:
        assert await Queue(Recorder()).drain(0)

    run(test)


def test_a_pass_that_does_not_end_in_time_is_told() -> None:
    async def test() -> None:
        async def act(key: Key) -> None:
            await asyncio.Event().wait()

        work = Recorder(act)
        queue = Queue(work)
        runner = asyncio.create_task(queue.run())
        queue.add(A)
        await work.until(1)
        assert not await queue.drain(0.01)
        runner.cancel()

    run(test)


def test_a_pass_that_was_cut_off_is_told() -> None:
    async def test() -> None:
        async def act(key: Key) -> None:
            await asyncio.Event().wait()

        work = Recorder(act)
        queue = Queue(work)
        runner = asyncio.create_task(queue.run())
        queue.add(A)
        await work.until(1)
        runner.cancel()
        await asyncio.wait({runner})
        assert not await queue.drain(0.01)

    run(test)
