"""HTTP to the API server, against a real local server."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from aiohttp import web

from sbert_api.kinds import TRAINING_TASK
from sbert_operator import client as client_module
from sbert_operator.client import Client
from sbert_operator.cluster import Cluster
from sbert_operator.credentials import Credentials
from sbert_operator.errors import (
    ApiError,
    ConflictError,
    CredentialsError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    UnreachableError,
)
from sbert_operator.metrics import Metrics
from sbert_operator.observed import Key
from tests.unit.operator.local_server import HERE, Answer, respond, serving


def ask(answer: Answer) -> object:
    """What one GET gives."""

    async def test() -> object:
        async with serving(answer) as credentials, Client(credentials, Metrics()) as client:
            return await client.json("GET", "/apis/x", "things")

    return asyncio.run(test())


def test_an_answer_is_the_object_it_holds() -> None:
    assert ask(respond(200, {"kind": "Thing"})) == {"kind": "Thing"}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, RefusedError),
        (401, ApiError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (409, ConflictError),
        (410, ApiError),
        (413, RefusedError),
        (422, RefusedError),
        (429, ApiError),
        (500, ApiError),
        (503, UnreachableError),
        (504, ApiError),
    ],
)
def test_each_status_has_its_error(status: int, error: type[ApiError]) -> None:
    with pytest.raises(ApiError) as caught:
        ask(respond(status, {"kind": "Status", "message": "why"}))
    assert type(caught.value) is error
    assert (caught.value.code, caught.value.message) == (status, "why")


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        pytest.param("404 page not found\n", "text/plain", "404 page not found", id="text"),
        pytest.param("<html>\x1b[31m</html>", "text/html", "<html>[31m</html>", id="html"),
        pytest.param("", "text/plain", "no explanation", id="empty"),
        pytest.param("[1]", "application/json", "[1]", id="another shape"),
        pytest.param("{broken", "application/json", "{broken", id="broken JSON"),
    ],
)
def test_an_error_that_is_no_status_object_is_told_as_text(
    body: str, content_type: str, message: str
) -> None:
    with pytest.raises(NotFoundError) as caught:
        ask(respond(404, body, content_type))
    assert caught.value.message == message


@pytest.mark.parametrize("body", ["not json", "[1, 2]", ""], ids=["text", "list", "empty"])
def test_a_good_answer_that_is_no_object_is_an_error(body: str) -> None:
    with pytest.raises(ApiError, match="expected a JSON object of /apis/x"):
        ask(respond(200, body))


def test_a_redirect_is_not_followed() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    with pytest.raises(ApiError) as caught:
        ask(answer)
    assert caught.value.code == 302


def test_a_server_that_is_not_there_is_unreachable() -> None:
    async def test() -> None:
        nowhere = replace(HERE, server="http://127.0.0.1:1")
        async with Client(nowhere, Metrics()) as client:
            await client.json("GET", "/", "things")

    with pytest.raises(UnreachableError, match="no answer from the API server"):
        asyncio.run(test())


def test_a_connection_that_breaks_is_unreachable() -> None:
    async def answer(request: web.Request) -> web.Response:
        assert request.transport
        request.transport.close()
        return web.Response()

    with pytest.raises(UnreachableError):
        ask(answer)


def test_the_server_says_when_to_come_again() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": "7"}, text="{}")

    with pytest.raises(ApiError) as caught:
        ask(answer)
    assert caught.value.retry_after == 7


@pytest.mark.parametrize("header", ["soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_time_to_come_again_that_is_no_number_is_ignored(header: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=503, headers={"Retry-After": header})

    with pytest.raises(UnreachableError) as caught:
        ask(answer)
    assert caught.value.retry_after == 0


def test_an_error_of_a_log_is_no_outage() -> None:
    async def answer(request: web.Request) -> web.Response:
        is_log = request.path.endswith("/log")
        return web.json_response({"message": "no route to host"}, status=503 if is_log else 200)

    async def test() -> None:
        async with serving(answer) as found, Client(found, Metrics()) as client:
            client.on_recovery = lambda: pytest.fail("there was no outage")
            with pytest.raises(UnreachableError, match="no route to host"):
                await Cluster(client).log_tail("team", "pod", "trainer")
            await Cluster(client).get_task(TRAINING_TASK, Key("team", "faq"))

    asyncio.run(test())


def with_token(accepted: str, refusal: int) -> Answer:
    async def answer(request: web.Request) -> web.Response:
        good = request.headers["Authorization"] == f"Bearer {accepted}"
        return web.json_response({"ok": good}, status=200 if good else refusal)

    return answer


@pytest.mark.parametrize("refusal", [401, 403])
def test_a_refused_token_is_read_again_and_the_new_one_is_used(
    refusal: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "RELOAD_PAUSE", 0)

    async def test() -> object:
        async with (
            serving(with_token("two", refusal)) as old,
            Client(old, Metrics(), lambda: replace(old, token="two")) as client,
        ):
            return await client.json("GET", "/", "things")

    assert asyncio.run(test()) == {"ok": True}


def empty_token() -> Credentials:
    raise CredentialsError("empty token file")


@pytest.mark.parametrize(
    "load", [lambda: HERE, empty_token], ids=["the same token", "an empty token"]
)
def test_without_a_new_token_the_refusal_stands(
    load: Callable[[], Credentials], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "RELOAD_PAUSE", 0)
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.json_response({"message": "forbidden"}, status=403)

    async def test() -> None:
        async with serving(answer) as found, Client(found, Metrics(), load) as client:
            await client.json("GET", "/", "things")

    with pytest.raises(ForbiddenError):
        asyncio.run(test())
    assert asked == 1


def test_credentials_are_not_read_at_every_refusal() -> None:
    reads = 0

    def load() -> Credentials:
        nonlocal reads
        reads += 1
        return HERE

    async def test() -> None:
        async with serving(respond(403, {})) as found, Client(found, Metrics(), load) as client:
            for _ in range(10):
                with pytest.raises(ForbiddenError):
                    await client.json("GET", "/", "things")

    asyncio.run(test())
    assert reads == 0


@pytest.mark.parametrize(
    ("codes", "recoveries"),
    [
        pytest.param([200, 200], 0, id="no outage"),
        pytest.param([503, 503, 200, 200], 1, id="an outage ends once"),
        pytest.param([403, 200, 403, 200], 0, id="a quota is no outage"),
        pytest.param([500, 200, 500, 200], 0, id="a broken webhook is no outage"),
        pytest.param([503, 403, 404, 200], 1, id="403 after a restart is not yet the end"),
    ],
)
def test_the_end_of_an_outage_is_told_once(codes: list[int], recoveries: int) -> None:
    told = 0

    def tell() -> None:
        nonlocal told
        told += 1

    async def test() -> None:
        left = iter(codes)

        async def answer(_: web.Request) -> web.Response:
            return web.json_response({}, status=next(left))

        async with serving(answer) as found, Client(found, Metrics(), lambda: found) as client:
            client.on_recovery = tell
            for _ in codes:
                with contextlib.suppress(ApiError):
                    await client.json("GET", "/", "things")

    asyncio.run(test())
    assert told == recoveries


def test_a_request_takes_no_longer_than_it_may() -> None:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async def test() -> None:
        async with serving(answer) as found, Client(found, Metrics(), seconds=0.05) as client:
            await client.json("GET", "/", "things")

    with pytest.raises(UnreachableError):
        asyncio.run(test())
