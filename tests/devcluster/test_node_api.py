"""The node's client against a server that answers as an API server may."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from devcluster.processnode.api import Api, ApiError, message_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
GONE = {"type": "ERROR", "object": {"code": 410, "message": "too old resource version"}}


def an_event(kind: str, name: str) -> dict[str, Any]:
    return {"type": kind, "object": {"metadata": {"name": name, "resourceVersion": "7"}}}


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[Api]:
    """Yield a client of a plain HTTP server that answers every request with `handler`."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    api = Api(f"http://127.0.0.1:{runner.addresses[0][1]}", ssl.create_default_context())
    try:
        yield api
    finally:
        await api.close()
        await runner.cleanup()


async def _lists_and_events(handler: Handler, count: int) -> list[tuple[str, Any]]:
    """Return the first `count` things that a watch of pods yields."""
    found: list[tuple[str, Any]] = []
    async with serving(handler) as api, asyncio.timeout(20):
        async for kind, thing in api.list_and_watch("/api/v1/pods"):
            found.append((kind, thing))
            if len(found) == count:
                return found
    raise AssertionError("the watch has ended")


def _listing(names: list[str]) -> web.Response:
    items = [{"metadata": {"name": name}} for name in names]
    return web.json_response({"metadata": {"resourceVersion": "5"}, "items": items})


async def _stream(request: web.Request, *events: dict[str, Any]) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for event in events:
        await response.write(json.dumps(event).encode() + b"\n")
    return response


def test_watch_whose_history_is_gone_lists_anew() -> None:
    lists = iter([["a"], ["b"]])

    async def handler(request: web.Request) -> web.StreamResponse:
        if "watch" not in request.query:
            return _listing(next(lists))
        return await _stream(request, an_event("MODIFIED", "a"), GONE)

    found = asyncio.run(_lists_and_events(handler, 3))
    assert [kind for kind, _ in found] == ["LIST", "MODIFIED", "LIST"]
    assert found[2][1] == [{"metadata": {"name": "b"}}]


def test_watch_goes_on_from_the_last_bookmark_when_the_server_ends_it() -> None:
    versions: list[str] = []
    streams = iter([[an_event("BOOKMARK", "")], [an_event("DELETED", "a")]])

    async def handler(request: web.Request) -> web.StreamResponse:
        if "watch" not in request.query:
            return _listing([])
        versions.append(request.query["resourceVersion"])
        return await _stream(request, *next(streams))

    found = asyncio.run(_lists_and_events(handler, 2))
    assert [kind for kind, _ in found] == ["LIST", "DELETED"]
    assert versions == ["5", "7"]


def test_pod_larger_than_a_network_chunk_arrives_whole() -> None:
    large = an_event("ADDED", "n" * 300_000)

    async def handler(request: web.Request) -> web.StreamResponse:
        return await _stream(request, large) if "watch" in request.query else _listing([])

    found = asyncio.run(_lists_and_events(handler, 2))
    assert found[1] == ("ADDED", large["object"])


def test_server_that_starts_is_asked_again() -> None:
    answers = iter([web.Response(status=503, text="starting"), web.json_response({"a": 1})])

    async def handler(_: web.Request) -> web.StreamResponse:
        return next(answers)

    async def ask() -> dict[str, Any]:
        async with serving(handler) as api:
            return await api.call("GET", "/x")

    assert asyncio.run(ask()) == {"a": 1}


def test_refusal_in_plain_text_is_an_api_error() -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=404, text="404 page not found\n")

    async def ask() -> None:
        async with serving(handler) as api:
            await api.call("GET", "/x")

    with pytest.raises(ApiError, match="404: 404 page not found") as refused:
        asyncio.run(ask())
    assert refused.value.code == 404


def test_message_of_a_status_object_is_the_servers_sentence() -> None:
    assert (
        message_of('{"kind":"Status","message":"pods \\"x\\" not found"}') == 'pods "x" not found'
    )
