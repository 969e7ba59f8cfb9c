"""Probes and metrics over HTTP."""

import asyncio
import socket

import aiohttp
import pytest

from sbert_operator.errors import SettingsError
from sbert_operator.metrics import Metrics
from sbert_operator.server import SILENT_SECONDS, STUCK_SECONDS, Health, Probes, serve


def get(path: str, health: Health, metrics: Metrics) -> tuple[int, str]:
    async def test() -> tuple[int, str]:
        phases = ["Done", "Queued", "Done"]
        probes = Probes(health, metrics, lambda: metrics.count_tasks("TrainingTask", phases))
        async with (
            serve(probes, "127.0.0.1", 0) as port,
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}{path}") as response,
        ):
            return response.status, await response.text()

    return asyncio.run(test())


@pytest.mark.parametrize(
    ("path", "health", "expected"),
    [
        ("/livez", Health(), (200, "ok\n")),
        (
            "/livez",
            Health(oldest_seconds=STUCK_SECONDS),
            (503, "tasks wait and no worker takes them\n"),
        ),
        ("/livez", Health(resync_seconds=SILENT_SECONDS), (503, "the resync hangs\n")),
        ("/readyz", Health(), (503, "not ready\n")),
        ("/readyz", Health(ready=True), (200, "ok\n")),
    ],
    ids=["alive", "stuck", "silent", "starting", "ready"],
)
def test_probes_tell_how_the_process_is(
    path: str, health: Health, expected: tuple[int, str]
) -> None:
    assert get(path, health, Metrics()) == expected


def test_metrics_are_brought_up_to_date_when_they_are_read() -> None:
    status, text = get("/metrics", Health(), Metrics())
    assert status == 200
    assert 'sbert_operator_tasks{kind="TrainingTask",phase="Done"} 2.0' in text
    assert 'sbert_operator_tasks{kind="TrainingTask",phase="Failed"} 0.0' in text


@pytest.mark.parametrize(
    "name",
    [
        "reconcile_total",
        "reconcile_seconds",
        "leader",
        "queue_depth",
        "queue_oldest_seconds",
        "api_requests_total",
        "apply_to_job_seconds",
        "tasks",
        "watch_events_total",
        "watch_stale_total",
        "resync_seconds",
    ],
)
def test_every_promised_metric_is_there(name: str) -> None:
    assert f"# TYPE sbert_operator_{name} " in get("/metrics", Health(), Metrics())[1]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_no_connection_is_kept_open_for_kopf_to_wait_for(path: str) -> None:
    async def test() -> str | None:
        probes = Probes(Health(), Metrics(), lambda: None)
        async with (
            serve(probes, "127.0.0.1", 0) as port,
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}{path}") as response,
        ):
            return response.headers.get("Connection")

    assert asyncio.run(test()) == "close"


def test_an_address_that_is_taken_is_told_in_a_sentence() -> None:
    async def test() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            probes = Probes(Health(), Metrics(), lambda: None)
            async with serve(probes, "127.0.0.1", taken.getsockname()[1]):
                pass

    with pytest.raises(SettingsError, match=r"--bind-address 127.0.0.1 --port \d+: cannot listen"):
        asyncio.run(test())
