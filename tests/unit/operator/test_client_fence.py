"""No write leaves the client through a closed fence."""

import asyncio
import math

import pytest
from aiohttp import web

from sbert_operator import client as client_module
from sbert_operator.client import Client
from sbert_operator.errors import (
    FencedError,
)
from sbert_operator.fence import Fence
from sbert_operator.metrics import Metrics
from tests.unit.operator.local_server import serving


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("body", [{"spec": {}}, None], ids=["with a body", "without"])
def test_nothing_of_a_write_leaves_through_a_closed_fence(verb: str, body: object) -> None:
    arrived: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        arrived.append(request.method)
        return web.json_response({})

    async def test() -> None:
        fence = Fence()
        async with serving(answer) as found, Client(found, Metrics(), may_write=fence.check) as c:
            await c.json("GET", "/", "things")
            with pytest.raises(FencedError, match="not written"):
                await c.json(verb, "/", "things", body=body)
            fence.open_until(math.inf)
            await c.json(verb, "/", "things", body=body)

    asyncio.run(test())
    assert arrived == ["GET", verb]


def test_a_write_that_waited_for_a_connection_until_the_fence_closed_is_held_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "CONNECTIONS", 1)
    arrived: list[str] = []

    async def test() -> None:
        busy, go = asyncio.Event(), asyncio.Event()

        async def answer(request: web.Request) -> web.Response:
            arrived.append(request.method)
            busy.set()
            await go.wait()
            return web.json_response({})

        fence = Fence()
        fence.open_until(math.inf)
        async with serving(answer) as found, Client(found, Metrics(), may_write=fence.check) as c:
            reading = asyncio.create_task(c.json("GET", "/", "things"))
            await busy.wait()
            writing = asyncio.create_task(c.json("POST", "/", "things", body={}))
            for _ in range(20):
                await asyncio.sleep(0)
            fence.close()
            go.set()
            await reading
            with pytest.raises(FencedError):
                await writing

    asyncio.run(test())
    assert arrived == ["GET"]
