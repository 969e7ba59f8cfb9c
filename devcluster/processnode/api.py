"""The few API calls a node makes: JSON requests and one list-and-watch.

It knows nothing about pods, and must never give up because the API server is away for a while.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

Json = dict[str, Any]
MERGE = "application/merge-patch+json"
# Conditions merge by type, so those that others wrote survive.
STRATEGIC = "application/strategic-merge-patch+json"
WATCH_SECONDS = "300"
# Bookmarks arrive each minute. Longer silence is a server that died without closing the connection.
SILENCE_SECONDS = 120


class ApiError(Exception):
    """The API server answered with an error status (`code`)."""

    def __init__(self, code: int, message: str) -> None:
        """Keep the HTTP status and the server's sentence."""
        super().__init__(f"{code}: {message}")
        self.code = code


class Api:
    """A session with one API server."""

    def __init__(self, server: str, tls: ssl.SSLContext) -> None:
        """Open no connection yet; must be called in a running event loop."""
        connector = aiohttp.TCPConnector(ssl=tls, limit=20)
        self._session = aiohttp.ClientSession(server, connector=connector)

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        kind: str = "application/json",
        **query: str,
    ) -> Json:
        """Make one request; a lost connection, 429 and 5xx are tried again for about 20 s.

        Every write of the node is idempotent. Raises ApiError, aiohttp.ClientError, TimeoutError.
        """
        data = None if body is None else json.dumps(body)
        for attempt in range(8):
            try:
                return await self._once(method, path, data, kind, query)
            except ApiError as refused:
                if refused.code != 429 and refused.code < 500:
                    raise
                error: Exception = refused
            except (aiohttp.ClientError, TimeoutError) as lost:
                error = lost
            await asyncio.sleep(min(0.2 * 2**attempt, 5))
        raise error

    async def _once(
        self, method: str, path: str, data: str | None, kind: str, query: dict[str, str]
    ) -> Json:
        async with self._session.request(
            method,
            path,
            params=query,
            data=data,
            headers={"Content-Type": kind},
            timeout=aiohttp.ClientTimeout(total=30),
        ) as response:
            text = await response.text()
            if response.status >= 400:
                raise ApiError(response.status, message_of(text))
            answer: Json = json.loads(text)
            return answer

    async def create_or_patch(self, collection: str, body: Json) -> None:
        """Create the object, or merge `body` into the one that exists."""
        try:
            await self.call("POST", collection, body)
        except ApiError as error:
            if error.code != 409:
                raise
            await self.call("PATCH", f"{collection}/{body['metadata']['name']}", body, MERGE)

    async def list_and_watch(self, path: str, **query: str) -> AsyncIterator[tuple[str, Any]]:
        """Yield ("LIST", items), then (type, object) for each event, for ever.

        It lists anew whenever the watch breaks or the server has forgotten its history (410).
        """
        while True:
            try:
                listed = await self.call("GET", path, None, **query)
                yield "LIST", listed["items"]
                version = listed["metadata"]["resourceVersion"]
                async for event in self._watch(path, version, dict(query)):
                    yield event
            except (ApiError, aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(1)

    async def _watch(
        self, path: str, version: str, query: dict[str, str]
    ) -> AsyncIterator[tuple[str, Any]]:
        timeout = aiohttp.ClientTimeout(total=None, sock_read=SILENCE_SECONDS)
        query |= {"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": WATCH_SECONDS}
        while True:
            params = {**query, "resourceVersion": version}
            async with self._session.get(path, params=params, timeout=timeout) as response:
                if response.status != 200:
                    raise ApiError(response.status, "watch")
                async for event in _lines(response):
                    found = event["object"]
                    if event["type"] == "ERROR":
                        raise ApiError(found.get("code", 410), "watch")
                    version = found["metadata"]["resourceVersion"]
                    if event["type"] != "BOOKMARK":
                        yield event["type"], found


async def _lines(response: aiohttp.ClientResponse) -> AsyncIterator[Json]:
    """Yield the JSON document of each line. aiohttp's readline() refuses pods above 64 KiB."""
    buffer = b""
    async for chunk in response.content.iter_any():
        *lines, buffer = (buffer + chunk).split(b"\n")
        for line in lines:
            yield json.loads(line)


def message_of(text: str) -> str:
    """Return the message of a Status object, or the text itself where it is none."""
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text.strip()[:200]
