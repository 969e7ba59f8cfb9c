"""What the node does about a container while it runs: probes and the memory limit.

It must never start a container; it may end one.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from .memory import bytes_of, resident
from .probes import probing

if TYPE_CHECKING:
    from .api import Json
    from .run import Run
    from .status import ContainerState

MEMORY_SECONDS = 0.5
Reaction = Callable[[], Awaitable[None]]


async def supervise(
    state: ContainerState, run: Run, ip: str, changed: Reaction, unhealthy: Reaction
) -> None:
    """Watch the container until it is cancelled.

    `changed` is called when `state.ready` has changed, `unhealthy` when the container must end.
    """
    async with asyncio.TaskGroup() as group:
        group.create_task(_limit_memory(state, run))
        if await _started(state.spec, ip):
            group.create_task(_readiness(state, ip, changed))
            group.create_task(_liveness(state.spec, ip, unhealthy))
        else:
            await unhealthy()


async def _started(spec: Json, ip: str) -> bool:
    """Return the first verdict of the startup probe."""
    if not (probe := spec.get("startupProbe")):
        return True
    verdict: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def report(good: bool) -> None:
        if not verdict.done():
            verdict.set_result(good)

    task = asyncio.create_task(probing(probe, spec, ip, report))
    try:
        return await verdict
    finally:
        task.cancel()


async def _readiness(state: ContainerState, ip: str, changed: Reaction) -> None:
    async def report(good: bool) -> None:
        state.ready = good
        await changed()

    if probe := state.spec.get("readinessProbe"):
        await probing(probe, state.spec, ip, report)


async def _liveness(spec: Json, ip: str, unhealthy: Reaction) -> None:
    async def report(good: bool) -> None:
        if not good:
            await unhealthy()

    if probe := spec.get("livenessProbe"):
        await probing(probe, spec, ip, report)


async def _limit_memory(state: ContainerState, run: Run) -> None:
    """Kill what grows over its limit, looked at twice a second: that needs no cgroup, no root."""
    limit = state.spec.get("resources", {}).get("limits", {}).get("memory")
    while limit and run.exit_code is None:
        if resident(run.command_pid) > bytes_of(limit):
            state.out_of_memory = True
            run.signal(signal.SIGKILL)
        await asyncio.sleep(MEMORY_SECONDS)
