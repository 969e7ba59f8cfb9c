"""HTTP to the API server: one session, one table of errors, tokens read again when refused.

It must never raise anything but ApiError and, for a write that the fence held back, FencedError;
never trust an answer to be JSON; and never retry a request on its own but for a token that has
changed: trying again is the queue's work.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter

from sbert_operator import credentials, sanitise
from sbert_operator.credentials import Credentials
from sbert_operator.errors import (
    ApiError,
    CredentialsError,
    FencedError,
    UnreachableError,
    api_error,
)
from sbert_operator.metrics import Metrics

CONNECTIONS = 32
TOTAL_SECONDS = 30.0
CONNECT_SECONDS = 5.0
RELOAD_PAUSE = 2.0
"""Credentials are not read more often than this, in seconds: a plugin may have to run for them."""
JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"

Answer = tuple[int, str, float]
"""HTTP status (0: no answer), the answer's text, seconds after which to come again."""

logger = logging.getLogger(__name__)


class Client:
    """Requests to one API server. Open with `async with`."""

    def __init__(
        self,
        found: Credentials,
        metrics: Metrics,
        load: Callable[[], Credentials] = credentials.load,
        *,
        may_write: Callable[[], None] = lambda: None,
        seconds: float = TOTAL_SECONDS,
    ) -> None:
        """`found`: the credentials to begin with; `load` reads them anew.

        `may_write` is called when a write is about to leave and raises FencedError to hold it back.
        `seconds`: the most that one request may take.
        """
        self._credentials = found
        self._metrics = metrics
        self._load = load
        self._may_write = may_write
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        self._loaded = time.monotonic()
        self._down = False
        self._session: aiohttp.ClientSession | None = None
        self.on_recovery: Callable[[], None] = lambda: None
        """Called after the first answer that follows an outage."""

    async def __aenter__(self) -> "Client":
        connector = aiohttp.TCPConnector(limit=CONNECTIONS, ssl=self._credentials.tls())
        self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session:
            await self._session.close()

    async def json(
        self,
        verb: str,
        path: str,
        resource: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> dict[str, Any]:
        """One request whose answer is an object. `resource` is its name in the metrics.

        A PATCH is a merge patch. Raises ApiError, FencedError.
        """
        code, text, retry_after = await self._request(verb, path, resource, query, body)
        self._watch_outage(code)
        _check(code, text, retry_after)
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            found = sanitise.one_line(text, 80)
            raise ApiError(0, f"expected a JSON object of {path}, found {found!r}")
        return answer

    async def text(self, path: str, resource: str, *, query: Mapping[str, str]) -> str:
        """One GET whose answer is any text. Raises ApiError.

        Such text comes from a node: its errors say nothing about the API server.
        """
        code, text, retry_after = await self._request("GET", path, resource, query, None)
        _check(code, text, retry_after)
        return text

    async def _request(
        self, verb: str, path: str, resource: str, query: Mapping[str, str] | None, body: object
    ) -> Answer:
        """One request, and a second one if the token was refused and there is a new one."""
        answer = await self._send(verb, path, query, body)
        if answer[0] in (401, 403) and await self._reload():
            answer = await self._send(verb, path, query, body)
        self._metrics.api_request(verb, resource, answer[0])
        return answer

    async def _send(
        self, verb: str, path: str, query: Mapping[str, str] | None, body: object
    ) -> Answer:
        assert self._session, "use `async with`"
        headers = {"Content-Type": MERGE_PATCH if verb == "PATCH" else JSON}
        if self._credentials.token:
            headers["Authorization"] = f"Bearer {self._credentials.token}"
        data = None if verb == "GET" else _Write(body, self._may_write)
        url = self._credentials.server + path
        try:
            async with self._session.request(
                verb, url, params=query, data=data, headers=headers, allow_redirects=False
            ) as response:
                text = await response.text(errors="replace")
                return response.status, text, _seconds(response.headers.get("Retry-After"))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if isinstance(error.__cause__, FencedError):
                raise error.__cause__ from None
            return 0, sanitise.one_line(repr(error)), 0.0

    async def _reload(self) -> bool:
        """Read the credentials again; whether the token is a new one."""
        if time.monotonic() - self._loaded < RELOAD_PAUSE:
            return False
        self._loaded = time.monotonic()
        try:
            found = await asyncio.to_thread(self._load)
        except CredentialsError as error:
            logger.warning("credentials could not be read again: %s", error)
            return False
        changed = found.token != self._credentials.token
        self._credentials = found if changed else self._credentials
        return changed

    def _watch_outage(self, code: int) -> None:
        """No answer and 503 begin an outage; a good answer ends it; others say nothing.

        An error of one object (403 by a quota, 500 of a webhook) must not look like an outage: it
        would alternate with good answers, and each end of an outage makes every task try again.
        """
        if code in (0, 503):
            self._down = True
        elif self._down and 200 <= code < 300:
            self._down = False
            logger.info("the API server answers again")
            self.on_recovery()


class _Write(aiohttp.BytesPayload):
    """A write's body, without which aiohttp sends nothing of the request, its first line included.

    The fence is asked as late as here: a request may wait seconds for a connection.
    """

    def __init__(self, body: object, may_write: Callable[[], None]) -> None:
        super().__init__(json.dumps(body or {}).encode())
        self._may_write = may_write

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        self._may_write()
        await super().write_with_length(writer, content_length)


def _check(code: int, text: str, retry_after: float) -> None:
    """Raise ApiError unless the answer is a good one."""
    if code == 0:
        raise UnreachableError(0, f"no answer from the API server: {text}")
    if not 200 <= code < 300:
        raise api_error(code, _reason(text), retry_after)


def _reason(answer: str) -> str:
    """What an error answer says: the message of a Status object, else its text."""
    try:
        status = json.loads(answer)
    except ValueError:
        status = None
    message = status.get("message") if isinstance(status, dict) else None
    return sanitise.one_line(str(message or answer)) or "no explanation"


def _seconds(header: str | None) -> float:
    """Retry-After in seconds; 0 without one (its date form is not used by API servers)."""
    return min(float(header), 300.0) if header and header.isdecimal() else 0.0
