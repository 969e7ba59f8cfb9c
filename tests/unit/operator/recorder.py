"""Work of a queue that notes what it was asked for, for tests."""

import asyncio
from collections.abc import Awaitable, Callable

from sbert_operator.observed import Key

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
