"""Between one operator and the API server: numbers the writes, and lets one of them go wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from sbert_operator.credentials import Credentials

WRITES = ("POST", "PUT", "PATCH", "DELETE")
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "content-encoding"}
HANG_SECONDS = 20.0
"""Longer than any request of the operator may take here."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and with which write; writes are counted from 1."""

    what: str
    """killed: it counts, and then the operator is killed. dropped: it counts, and the answer is
    lost. hangs: it never counts, and there is no answer. A number: the answer, and it never counts.
    """
    write: int

    def __str__(self) -> str:
        return f"write {self.write} {self.what}"


ANSWERS = ("409", "422", "429", "500", "hangs", "dropped")
WHATS = ("killed", *ANSWERS)
WATCHES = ("gone", "silent", "late", "cut")
"""What can be wrong with every first watch of a resource: it is answered with 410; it says nothing;
what it says comes 2 s late; it ends after its first event."""


@dataclass
class Proxy:
    """One proxy; its port is known once it serves."""

    fault: Fault | None = None
    watch: str = ""
    on_kill: Callable[[], None] = lambda: None
    writes: list[str] = field(default_factory=list)
    """Each write with its answer."""
    port: int = 0
    _watched: set[str] = field(default_factory=set)

    async def handle(self, request: web.Request, upstream: Upstream) -> web.StreamResponse:
        """Pass a request on, or let it go wrong."""
        if request.method in WRITES:
            return await self._write(request, upstream)
        if request.query.get("watch") == "true":
            return await self._watch(request, upstream)
        return answer(await upstream.send(request, await request.read()))

    async def _write(self, request: web.Request, upstream: Upstream) -> web.StreamResponse:
        body = await request.read()
        self.writes.append(" ".join([request.method, request.path, *created_name(request, body)]))
        number = len(self.writes)
        what = self.fault.what if self.fault and self.fault.write == number else ""
        if what.isdigit():
            return refusal(int(what))
        if what == "hangs":
            await asyncio.sleep(HANG_SECONDS)
            raise web.HTTPGatewayTimeout
        said = await upstream.send(request, body)
        self.writes[number - 1] += f" {said[0]}"
        if what == "killed":
            await asyncio.to_thread(self.on_kill)
        if what in ("killed", "dropped"):
            assert request.transport
            request.transport.close()
        return answer(said)

    async def _watch(self, request: web.Request, upstream: Upstream) -> web.StreamResponse:
        first = request.path not in self._watched
        self._watched.add(request.path)
        wrong = self.watch if first else ""
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        if wrong == "gone":
            status = {"kind": "Status", "code": 410, "reason": "Expired", "status": "Failure"}
            await response.write(json.dumps({"type": "ERROR", "object": status}).encode() + b"\n")
        elif wrong == "silent":
            await asyncio.sleep(HANG_SECONDS)
        else:
            with contextlib.suppress(ConnectionError):  # the operator is gone
                await upstream.follow(request, response, wrong)
        return response


class Upstream:
    """The API server, as its administrator."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._session: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        """The one session; it belongs to the loop that asks first."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, ssl=self._credentials.tls())
            self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        return self._session

    async def close(self) -> None:
        """Close what is open."""
        if self._session:
            await self._session.close()

    async def send(self, request: web.Request, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        """One request: status, body, headers."""
        url = self._credentials.server + str(request.rel_url)
        async with self.session().request(
            request.method, url, data=body or None, headers=passed(request.headers)
        ) as said:
            return said.status, await said.read(), passed(said.headers)

    async def follow(self, request: web.Request, response: web.StreamResponse, wrong: str) -> None:
        """Pass a watch on, line by line."""
        url = self._credentials.server + str(request.rel_url)
        timeout = aiohttp.ClientTimeout(total=None)
        async with self.session().get(
            url, headers=passed(request.headers) | {"Accept-Encoding": "identity"}, timeout=timeout
        ) as said:
            async for line in said.content:
                if wrong == "late":
                    await asyncio.sleep(2.0)
                await response.write(line)
                if wrong == "cut":
                    return


def created_name(request: web.Request, body: bytes) -> list[str]:
    """The name of what a request creates."""
    return [json.loads(body)["metadata"]["name"]] if request.method == "POST" else []


def passed(headers: Any) -> dict[str, str]:
    """The headers that go on to the other side; each side has its own credentials."""
    kept = {key: value for key, value in headers.items() if key.lower() not in _HOP_BY_HOP}
    return {k: v for k, v in kept.items() if k.lower() not in ("host", "authorization")}


def answer(said: tuple[int, bytes, dict[str, str]]) -> web.Response:
    """What the API server said."""
    status, body, headers = said
    return web.Response(status=status, body=body, headers=headers)


def refusal(code: int) -> web.Response:
    """A refusal, as the API server words it."""
    status = {"kind": "Status", "status": "Failure", "code": code, "message": "a fault of the test"}
    headers = {"Retry-After": "1"} if code == 429 else {}
    return web.json_response(status, status=code, headers=headers)


class Proxies:
    """A thread with an event loop in which proxies serve."""

    def __init__(self, credentials: Credentials) -> None:
        self._upstream = Upstream(credentials)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def open(self, proxy: Proxy) -> Callable[[], None]:
        """Serve at a port of 127.0.0.1; returns what ends that."""
        runner = self._run(self._open(proxy))
        return lambda: self._run(runner.cleanup())

    async def _open(self, proxy: Proxy) -> web.AppRunner:
        application = web.Application(client_max_size=2**24)

        async def handle(request: web.Request) -> web.StreamResponse:
            return await proxy.handle(request, self._upstream)

        application.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=0.1, handler_cancellation=True
        )
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        proxy.port = runner.addresses[0][1]
        return runner

    def close(self) -> None:
        """End the thread."""
        self._run(self._upstream.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)
