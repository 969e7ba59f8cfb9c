"""The start: the operator waits for an API server that does not answer well yet, and for its lease;
and what it says of itself meanwhile."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from sbert_operator import application
from sbert_operator.application import Application
from sbert_operator.client import Client
from sbert_operator.errors import NotServedError
from sbert_operator.fence import Fence
from sbert_operator.leadership import Alone
from sbert_operator.metrics import Metrics
from sbert_operator.settings import Settings
from tests.unit.operator.builders import SETTINGS
from tests.unit.operator.local_server import HERE, serving

PROBES = ["GET trainingtasks?limit=1", "GET evaluationtasks?limit=1"]
START = [*PROBES, "GET jobs", "GET trainingtasks", "GET evaluationtasks"]
"""The requests of a good start."""


def start(codes: list[int], monkeypatch: pytest.MonkeyPatch) -> tuple[bool, list[str]]:
    """Whether the memory was filled where the first answers have these codes, and the requests."""
    monkeypatch.setattr(application, "START_PAUSE", 0.0)
    left, asked = iter(codes), list[str]()

    async def answer(request: web.Request) -> web.Response:
        limit = "?limit=1" if request.query.get("limit") == "1" else ""
        asked.append(f"{request.method} {request.path.rsplit('/', 1)[1]}{limit}")
        page = {"metadata": {"resourceVersion": "7"}, "items": [], "message": "why"}
        return web.json_response(page, status=next(left, 200))

    async def test() -> bool:
        async with serving(answer) as found, Client(found, Metrics(), lambda: found) as client:
            settings = Settings(SETTINGS, (), "127.0.0.1", 0)
            alone = Alone(Fence())
            operator = Application(settings, client, Metrics(), alone, asyncio.Event())
            return await operator.fill_memory()

    return asyncio.run(test()), asked


@pytest.mark.parametrize(
    ("codes", "requests"),
    [
        pytest.param([], START, id="good from the start"),
        pytest.param([403, 403], [START[0]] * 2 + START, id="rights come later"),
        pytest.param([503], [START[0], *START], id="an API server that starts up"),
        pytest.param([200, 200, 410], [*START[:3], *START], id="a list that expired"),
        pytest.param([200] * 3 + [404], [*START[:4], *START], id="not found after the probe"),
    ],
)
def test_the_start_is_tried_again_until_everything_was_read(
    codes: list[int], requests: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert start(codes, monkeypatch) == (True, requests)


def test_only_the_probe_tells_that_the_crd_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotServedError, match="install the CRDs first"):
        start([404], monkeypatch)


def test_a_start_that_is_stopped_ends_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        stop.set()
        return web.json_response({"message": "not yet"}, status=403)

    async def test() -> bool:
        async with serving(answer) as found, Client(found, Metrics(), lambda: found) as client:
            settings = Settings(SETTINGS, (), "127.0.0.1", 0)
            alone = Alone(Fence())
            return await Application(settings, client, Metrics(), alone, stop).fill_memory()

    assert asyncio.run(test()) is False


def web_request() -> web.Request:
    return make_mocked_request("GET", "/")


class Leader(Alone):
    """One that leads, or waits, as a test says."""

    def __init__(self, *, leads: bool, in_touch: bool) -> None:
        self._leads = leads
        self.in_touch = in_touch

    @property
    def leads(self) -> bool:
        return self._leads


@pytest.mark.parametrize(
    ("leads", "in_touch", "watches", "stopping", "ready"),
    [
        pytest.param(False, False, False, False, False, id="the API server did not answer yet"),
        pytest.param(False, True, False, False, True, id="it waits for the lease"),
        pytest.param(True, True, False, False, False, id="it leads and does not watch yet"),
        pytest.param(True, True, True, False, True, id="it leads and watches"),
        pytest.param(True, False, True, False, True, id="the API server is away, the lease not"),
        pytest.param(False, False, True, False, False, id="the lease is lost"),
        pytest.param(True, True, True, True, False, id="it ends"),
    ],
)
def test_it_is_ready_when_it_works_or_could_take_over(
    leads: bool, in_touch: bool, watches: bool, stopping: bool, ready: bool
) -> None:
    async def test() -> web.Response:
        metrics, stop = Metrics(), asyncio.Event()
        client = Client(HERE, metrics)
        leader = Leader(leads=leads, in_touch=in_touch)
        operator = Application(Settings(SETTINGS), client, metrics, leader, stop)
        if watches:
            operator._started.set()
        if stopping:
            stop.set()
        probes = operator.probes()
        text = (await probes.metrics(web_request())).body
        assert isinstance(text, bytes)
        assert f"sbert_operator_leader {1.0 if leads else 0.0}" in text.decode()
        return await probes.readyz(web_request())

    assert (asyncio.run(test()).status == 200) is ready
