"""The process: how it ends, and what it says then."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import yaml
from aiohttp import web

from sbert_api import names
from tests.unit.operator.local_server import Answer, respond, serving

IMAGES = ["--trainer-image", "t:1", "--preflight-image", "o:1"]
COMMAND = [sys.executable, "-m", "sbert_operator", *IMAGES, "--port", "0"]
SIGNALS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
Meanwhile = Callable[[asyncio.subprocess.Process], Awaitable[None]]
WATCHED = {
    ("batch", "v1"): ["jobs"],
    (names.GROUP, names.VERSION): [names.PLURAL, names.EVALUATION_PLURAL],
}
"""What the operator watches: group and version to the plurals."""
SERVED = {("", "v1"): ["namespaces"], **WATCHED}
"""Kopf does not watch before it has found namespaces, though it does not look at them."""


def kubeconfig(folder: Path, server: str) -> str:
    """A file that leads to this server."""
    config = folder / "config"
    content = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
    }
    config.write_text(yaml.safe_dump(content))
    return str(config)


def run(
    folder: Path, answer: Answer, meanwhile: Meanwhile | None = None, *options: str
) -> tuple[int, str]:
    """The operator's exit code and what it wrote to standard error."""

    async def test() -> tuple[int, str]:
        async with serving(answer) as found, asyncio.timeout(60):
            process = await asyncio.create_subprocess_exec(
                *COMMAND,
                *options,
                env={**os.environ, "KUBECONFIG": kubeconfig(folder, found.server)},
                stderr=asyncio.subprocess.PIPE,
            )
            if meanwhile:
                await meanwhile(process)
            assert process.stderr
            said = await process.stderr.read()
            return await process.wait(), said.decode()

    return asyncio.run(test())


class ApiServer:
    """Answers lists with nothing, and keeps watches open."""

    def __init__(self) -> None:
        self.watched: set[str] = set()
        self.both = asyncio.Event()
        """All kinds are watched."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The answer to one request."""
        if request.query.get("watch"):
            return await self._watch(request)
        empty = {"metadata": {"resourceVersion": "7"}, "items": []}
        return web.json_response(discovery().get(request.path, empty))

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        self.watched.add(request.path.rsplit("/", 1)[1])
        if self.watched == {plural for plurals in WATCHED.values() for plural in plurals}:
            self.both.set()
        await asyncio.Event().wait()
        return response


def discovery() -> dict[str, object]:
    """What the API server tells of itself, by path."""
    groups = [
        {
            "name": group,
            "versions": [{"version": version}],
            "preferredVersion": {"version": version},
        }
        for group, version in SERVED
        if group
    ]
    found: dict[str, object] = {"/api": {"versions": ["v1"]}, "/apis": {"groups": groups}}
    for (group, version), plurals in SERVED.items():
        path = f"/apis/{group}/{version}" if group else f"/api/{version}"
        found[path] = {"resources": [resource(plural) for plural in plurals]}
    return found


def resource(plural: str) -> dict[str, object]:
    """What discovery tells of one resource."""
    singular = plural.removesuffix("s")
    kind = {"name": plural, "singularName": singular, "kind": singular, "namespaced": True}
    return {**kind, "verbs": ["get", "list", "watch", "patch"]}


def test_without_the_crd_it_says_so_in_one_sentence_and_ends(tmp_path: Path) -> None:
    code, said = run(tmp_path, respond(404, "404 page not found\n", "text/plain"))
    assert code == 1
    assert said == (
        f"sbert-operator: the API server does not serve {names.PLURAL}.{names.GROUP} v1alpha1:"
        " install the CRDs first (crds/, or the chart with crds.enabled=true)\n"
    )


@SIGNALS
def test_a_signal_ends_it_while_it_is_still_being_loaded(number: signal.Signals) -> None:
    async def test() -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-X", "importtime", *COMMAND[1:], stderr=asyncio.subprocess.PIPE
        )
        assert process.stderr
        while b" aiohttp\n" not in (line := await process.stderr.readline()):
            assert line, "it ended before it was loaded"
        process.send_signal(number)
        said = line + await process.stderr.read()
        return await process.wait(), said.decode().splitlines()[-1]

    code, last = asyncio.run(test())
    assert code == 0
    assert last.startswith("import time:"), last  # no traceback


@SIGNALS
def test_a_signal_ends_it_even_while_it_waits_for_the_api_server(
    tmp_path: Path, number: signal.Signals
) -> None:
    async def interrupt(process: asyncio.subprocess.Process) -> None:
        assert process.stderr
        assert b"cannot start yet: 503" in await process.stderr.readline()
        process.send_signal(number)

    assert run(tmp_path, respond(503, "starting", "text/plain"), interrupt) == (0, "")


@SIGNALS
def test_a_signal_ends_it_while_it_watches(tmp_path: Path, number: signal.Signals) -> None:
    server = ApiServer()

    async def interrupt(process: asyncio.subprocess.Process) -> None:
        assert process.stderr
        assert b'"ready"' in await process.stderr.readline()
        await server.both.wait()
        process.send_signal(number)

    assert run(tmp_path, server.answer, interrupt) == (0, "")


def test_a_wrong_setting_is_told_in_one_sentence(tmp_path: Path) -> None:
    code, said = run(tmp_path, respond(200, {}), None, "--default-resources", "{")
    assert code == 1
    assert said.startswith("sbert-operator: --default-resources: expected JSON")
    assert said.count("\n") == 1
