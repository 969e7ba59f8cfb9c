"""httpGet and tcpSocket probes with a kubelet's thresholds.

Other kinds (exec, grpc) are not supported and count as good: a pod must not fail for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from .api import Json

Report = Callable[[bool], Awaitable[None]]


async def probing(probe: Json, container: Json, ip: str, report: Report) -> None:
    """Probe for ever; report each change of the verdict.

    A verdict needs its threshold of equal answers in a row.
    """
    await asyncio.sleep(probe.get("initialDelaySeconds", 0))
    needed = {True: probe.get("successThreshold", 1), False: probe.get("failureThreshold", 3)}
    verdict: bool | None = None
    row, last = 0, None
    while True:
        good = await once(probe, container, ip)
        row, last = (row + 1 if good == last else 1), good
        if row >= needed[good] and verdict != good:
            verdict = good
            await report(good)
        await asyncio.sleep(probe.get("periodSeconds", 10))


async def once(probe: Json, container: Json, ip: str) -> bool:
    """Return whether the container answers now."""
    wanted = probe.get("httpGet") or probe.get("tcpSocket")
    if wanted is None:
        return True
    host, port = wanted.get("host") or ip, port_number(container, wanted["port"])
    answers = _answers_http if "httpGet" in probe else _accepts
    try:
        async with asyncio.timeout(probe.get("timeoutSeconds", 1)):
            return await answers(host, port, wanted)
    except (OSError, aiohttp.ClientError, TimeoutError):
        return False


async def _accepts(host: str, port: int, _: Json) -> bool:
    _reader, writer = await asyncio.open_connection(host, port)
    writer.close()
    return True


async def _answers_http(host: str, port: int, wanted: Json) -> bool:
    url = f"{wanted.get('scheme', 'HTTP').lower()}://{host}:{port}{wanted.get('path', '/')}"
    async with aiohttp.ClientSession() as session, session.get(url, ssl=False) as response:
        return 200 <= response.status < 400


def port_number(container: Json, port: int | str) -> int:
    """Return the number of a port given as a number or by its name in the container."""
    if isinstance(port, int):
        return port
    ports = container.get("ports", [])
    return next(int(entry["containerPort"]) for entry in ports if entry.get("name") == port)
