"""How the operator ends, in which order, and whether it leaves the lease to the next one."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from sbert_operator import application
from sbert_operator.application import operate
from sbert_operator.errors import LeaseLostError, OperatorError
from sbert_operator.settings import LeaseSettings, Settings
from tests.unit.operator.builders import SETTINGS, task_manifest
from tests.unit.operator.fake_leases import KEY
from tests.unit.operator.local_server import serving
from tests.unit.operator.test_main import ApiServer, kubeconfig

LEASE = LeaseSettings(KEY.name, KEY.namespace, retry=0.01, poll=0.01)
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{KEY.namespace}/leases"


class Server(ApiServer):
    """It has one task, a Lease, and answers the write of its status when the test says so."""

    def __init__(self, holder: str | None = None) -> None:
        super().__init__()
        self.lease = None if holder is None else a_lease(holder)
        self.said: list[str] = []
        """The writes, but for renewals, as they begin and end."""
        self.writes, self.waits = asyncio.Event(), asyncio.Event()
        """The write of the status has arrived; somebody has looked at the Lease."""
        self.go = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith(LEASES):
            return await self._lease(request)
        if request.method == "PATCH":
            return await self._status()
        if request.path.endswith("/trainingtasks") and "watch" not in request.query:
            page = {"metadata": {"resourceVersion": "100"}, "items": [task_manifest()]}
            return web.json_response(page)
        return await super().answer(request)

    async def _lease(self, request: web.Request) -> web.Response:
        self.waits.set()
        if request.method != "GET":
            lease = await request.json()
            self._note(lease["spec"]["holderIdentity"])
            self.lease = a_lease(lease["spec"]["holderIdentity"])
        return web.json_response(self.lease or {}, status=200 if self.lease else 404)

    def _note(self, holder: str) -> None:
        before = self.lease and self.lease["spec"]["holderIdentity"]
        if holder != before:
            self.said.append("lease taken" if holder else "lease given up")

    async def _status(self) -> web.Response:
        self.said.append("write")
        self.writes.set()
        await self.go.wait()
        self.said.append("write answered")
        return web.json_response({"message": "no"}, status=500)


def a_lease(holder: str) -> dict[str, dict[str, object]]:
    metadata: dict[str, object] = {"namespace": KEY.namespace, "name": KEY.name}
    metadata["resourceVersion"] = "7"
    return {"metadata": metadata, "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15}}


Meanwhile = Callable[[asyncio.Event], Awaitable[None]]


def run(
    server: Server,
    meanwhile: Meanwhile,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    lease: LeaseSettings | None = LEASE,
) -> OperatorError | None:
    """Let an operator work while `meanwhile` runs, which is given its stop; what it raised."""

    async def test() -> None:
        stop = asyncio.Event()
        settings = Settings(SETTINGS, (), "127.0.0.1", 0, lease)
        async with serving(server.answer) as found, asyncio.timeout(20):
            monkeypatch.setenv("KUBECONFIG", kubeconfig(folder, found.server))
            operator = asyncio.create_task(operate(settings, stop, lambda: None))
            await meanwhile(stop)
            await operator

    try:
        asyncio.run(test())
    except OperatorError as error:
        return error
    return None


def test_a_leader_gives_the_lease_up_when_its_last_write_was_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()

    async def stop_while_it_writes(stop: asyncio.Event) -> None:
        await server.both.wait()
        await server.writes.wait()
        stop.set()
        for _ in range(50):
            await asyncio.sleep(0)
        server.go.set()

    assert run(server, stop_while_it_writes, tmp_path, monkeypatch) is None
    assert server.said == ["lease taken", "write", "write answered", "lease given up"]


def test_a_leader_keeps_the_lease_if_a_write_may_still_be_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "DRAIN_SECONDS", 0.05)
    server = Server()

    async def stop_while_it_writes(stop: asyncio.Event) -> None:
        await server.both.wait()
        await server.writes.wait()
        stop.set()

    assert run(server, stop_while_it_writes, tmp_path, monkeypatch) is None
    assert server.said == ["lease taken", "write"]


def test_one_that_waits_ends_and_leaves_the_lease_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(holder="other")

    async def stop_while_it_waits(stop: asyncio.Event) -> None:
        await server.waits.wait()
        stop.set()

    assert run(server, stop_while_it_waits, tmp_path, monkeypatch) is None
    assert server.said == []
    assert not server.watched


def test_a_leader_that_finds_another_one_ends_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()

    async def lead_too(stop: asyncio.Event) -> None:
        await server.both.wait()
        await server.writes.wait()
        server.lease = a_lease("other")
        await stop.wait()
        server.go.set()

    error = run(server, lead_too, tmp_path, monkeypatch)
    assert isinstance(error, LeaseLostError)
    assert str(error) == "the lease demo was lost: starting anew"
    assert server.said == ["lease taken", "write", "write answered"]


def test_the_only_operator_asks_for_no_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()

    async def stop_while_it_works(stop: asyncio.Event) -> None:
        await server.both.wait()
        await server.writes.wait()
        server.go.set()
        stop.set()

    assert run(server, stop_while_it_works, tmp_path, monkeypatch, lease=None) is None
    assert not server.waits.is_set()
