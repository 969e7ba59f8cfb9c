"""The kubelet's log endpoint: the API server is its only client, and it must accept no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from .run import Run, all_runs

Finder = Callable[[str, str], Path | None]
"""(namespace, name) -> the pod's folder."""
CHUNK = 65536


def application(find: Finder) -> web.Application:
    """Return the endpoint's routes; `find` knows the pods of this node."""

    async def container_logs(request: web.Request) -> web.StreamResponse:
        info = request.match_info
        folder = find(info["namespace"], info["pod"])
        runs = all_runs(folder / info["container"]) if folder else []
        if request.query.get("previous") == "true":
            runs = runs[:-1]
        if not runs:
            missing = f"no run of container {info['container']} in pod {info['pod']}"
            return web.Response(status=404, text=missing)
        return await _send(request, runs[-1])

    app = web.Application()
    app.router.add_get("/containerLogs/{namespace}/{pod}/{container}", container_logs)
    return app


async def _send(request: web.Request, run: Run) -> web.StreamResponse:
    """Send `tailLines` of the log, at most `limitBytes`, with `follow` until the run has ended."""
    query, path = request.query, run.folder / "log"
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    left = int(query["limitBytes"]) if "limitBytes" in query else None
    with path.open("rb") as log:
        if "tailLines" in query:
            log.seek(tail_offset(path, int(query["tailLines"])))
        while left is None or left > 0:
            # Asked before reading: what is written before the end is not lost.
            over = query.get("follow") != "true" or run.exit_code is not None
            if chunk := log.read(CHUNK if left is None else min(CHUNK, left)):
                await response.write(chunk)
                left = None if left is None else left - len(chunk)
            elif over:
                break
            else:
                await asyncio.sleep(0.1)
    await response.write_eof()
    return response


def tail_offset(path: Path, lines: int) -> int:
    """Return where the last `lines` lines begin. Reads backwards: a log may be large."""
    with path.open("rb") as log:
        end = position = log.seek(0, 2)
        if lines == 0:
            return end
        seen = 0
        while position > 0:
            step = min(CHUNK, position)
            position = log.seek(position - step)
            block = log.read(step)
            newline = block.rfind(b"\n", 0, min(step, end - 1 - position))
            while newline >= 0:
                seen += 1
                if seen == lines:
                    return position + newline + 1
                newline = block.rfind(b"\n", 0, newline)
    return 0
