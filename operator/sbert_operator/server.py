"""The health and metrics server: /livez, /readyz and /metrics. It is up before anything else.

It must never call the API server: a probe says how this process is, not how the cluster is.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from sbert_operator.errors import SettingsError
from sbert_operator.metrics import Metrics

STUCK_SECONDS = 300.0
"""A key that waits so long for a worker says that they are stuck: each call ends in 60 s."""
SILENT_SECONDS = 900.0
"""So long without a new resync says that the last one hangs: one is begun every 5 minutes."""


@dataclass
class Health:
    """What the probes are told."""

    ready: bool = False
    """It leads and the watch runs, or it waits for the lease and the API server answers."""

    oldest_seconds: float = 0.0
    """How long the longest waiting key has waited for a worker."""

    resync_seconds: float = 0.0
    """How long ago a leader last began to list everything."""

    @property
    def obstacle(self) -> str:
        """What says that work does not go on; empty: it does.

        That the event loop runs is shown by answering at all, in the seconds that the probe waits.
        """
        if self.oldest_seconds >= STUCK_SECONDS:
            return "tasks wait and no worker takes them"
        if self.resync_seconds >= SILENT_SECONDS:
            return "the resync hangs"
        return ""


class Probes:
    """The three routes."""

    def __init__(self, health: Health, metrics: Metrics, refresh: Callable[[], None]) -> None:
        """`refresh` brings health and metrics up to date before each answer."""
        self._health = health
        self._metrics = metrics
        self._refresh = refresh

    def application(self) -> web.Application:
        """The routes as a web application."""
        application = web.Application(middlewares=[_close])
        application.router.add_get("/livez", self.livez)
        application.router.add_get("/readyz", self.readyz)
        application.router.add_get("/metrics", self.metrics)
        return application

    async def livez(self, _: web.Request) -> web.Response:
        """200 while work goes on."""
        self._refresh()
        return _answer(self._health.obstacle)

    async def readyz(self, _: web.Request) -> web.Response:
        """200 for a leader whose watch runs, and for one that could take its place."""
        self._refresh()
        return _answer("" if self._health.ready else "not ready")

    async def metrics(self, _: web.Request) -> web.Response:
        """All metrics in Prometheus' text format."""
        self._refresh()
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=self._metrics.exposition(), headers=headers)


@asynccontextmanager
async def serve(probes: Probes, address: str, port: int) -> AsyncIterator[int]:
    """Serve while the context is open; gives the port (0 asks for a free one).

    Raises SettingsError if the address cannot be had.
    """
    runner = web.AppRunner(probes.application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, address, port).start()
        except OSError as error:
            raise SettingsError(
                f"--bind-address {address} --port {port}: cannot listen there: {error.strerror}"
            ) from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@web.middleware
async def _close(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep no connection open for the next scrape: at the end Kopf would wait for it."""
    response = await handler(request)
    response.force_close()
    return response


def _answer(obstacle: str) -> web.Response:
    return web.Response(text=f"{obstacle or 'ok'}\n", status=503 if obstacle else 200)
