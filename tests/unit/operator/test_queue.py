"""The work queue: once, and one at a time."""

import asyncio

from sbert_operator.observed import Key
from sbert_operator.queue import Queue
from tests.unit.operator.recorder import A, B, Recorder, nothing_happens, run


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
