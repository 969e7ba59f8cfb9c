"""A real HTTP server on this machine that answers as a test says."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from aiohttp import web

from sbert_operator.credentials import Credentials

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
HERE = Credentials("", None, verify=True, token="one", certificate_file=None, key_file=None)


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Credentials]:
    """A server that answers everything with `answer`; the credentials to reach it."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield replace(HERE, server=f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()


def respond(status: int, body: object, content_type: str = "application/json") -> Answer:
    async def answer(_: web.Request) -> web.Response:
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, content_type=content_type)

    return answer
