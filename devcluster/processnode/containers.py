"""Runs the containers of one pod: init containers in turn, then the others, with restarts.

It must never run a container again that an earlier agent has already run to its end.
"""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from .planning import NotReadyError, plan
from .run import Run, all_runs
from .sandbox import bwrap_command
from .status import ContainerState
from .supervision import supervise
from .volumes import VolumeError, Volumes

if TYPE_CHECKING:
    from pathlib import Path

    from .api import Json
    from .host import Host
    from .pod_client import PodClient

# A kubelet waits 10 s to 300 s; nobody wants to wait that long for a test.
BACKOFF_SECONDS, BACKOFF_MOST = 1.0, 60.0
RETRY_SECONDS = 2.0


class Containers:
    """The containers of one pod, whose runs lie in <pod's folder>/<container>/<number>."""

    def __init__(self, host: Host, pod: Json, ip: str, client: PodClient) -> None:
        """Start nothing."""
        self._host, self._pod, self._ip, self._client = host, pod, ip, client
        self._folder = host.pods / pod["metadata"]["uid"]
        self._volumes: dict[str, Path] = {}
        spec = pod["spec"]
        self.policy: str = spec.get("restartPolicy", "Always")
        self.grace = float(spec.get("terminationGracePeriodSeconds", 30))
        self.states = [ContainerState(c, init=True) for c in spec.get("initContainers", [])]
        self.states += [ContainerState(c) for c in spec["containers"]]

    def final_phase(self) -> str:
        """Return the phase of the pod, none of whose containers runs any more."""
        for state in self.states:
            state.waiting, state.ready = (None if state.run else state.waiting), False
        return "Succeeded" if all(state.exit_code == 0 for state in self.states) else "Failed"

    async def run(self) -> None:
        """Run until every container is done; a failed init container ends the pod."""
        await self._prepare()
        for state in (s for s in self.states if s.init):
            await self._keep_running(state)
            if state.exit_code != 0:
                return
        async with asyncio.TaskGroup() as group:
            for state in (s for s in self.states if not s.init):
                group.create_task(self._keep_running(state))

    async def stop(self, grace: float) -> None:
        """End all containers: SIGTERM, and SIGKILL after `grace` seconds."""
        await asyncio.gather(*(self._end(state, grace) for state in self.states))

    async def _prepare(self) -> None:
        """Try volumes and plans of all containers until they work."""
        pulled = False
        while True:
            try:
                return await self._try_to_prepare()
            except VolumeError as error:
                waiting = "ContainerCreating", str(error)
                await self._client.warn("FailedMount", str(error))
            except NotReadyError as error:
                backs_off = pulled and error.reason == "ErrImagePull"
                pulled = error.reason == "ErrImagePull"
                waiting = "ImagePullBackOff" if backs_off else error.reason, str(error)
            for state in self.states:
                state.waiting = waiting
            await self._client.write(self.states, "Pending")
            await asyncio.sleep(RETRY_SECONDS)

    async def _try_to_prepare(self) -> None:
        volumes = Volumes(self._host.api, self._pod, self._folder / "volumes")
        self._volumes = await volumes.prepare()
        for state in self.states:
            await plan(self._host, self._pod, self._ip, state.spec, self._volumes)
            state.waiting = None

    async def _keep_running(self, state: ContainerState) -> None:
        """Run the container again as long as the restart policy says so."""
        earlier = all_runs(self._folder / state.spec["name"])
        state.restarts = len(earlier) - 1 if earlier else 0
        while True:
            code = await self._run_once(state)
            if self.policy == "Never" or (code == 0 and (self.policy == "OnFailure" or state.init)):
                return
            delay = min(BACKOFF_SECONDS * 2**state.restarts, BACKOFF_MOST)
            message = f"back-off {delay:g}s restarting failed container"
            state.waiting = ("CrashLoopBackOff", message)
            await self._write(state)
            await asyncio.sleep(delay)
            state.restarts += 1

    async def _run_once(self, state: ContainerState) -> int:
        run = Run(self._folder / state.spec["name"] / str(state.restarts))
        if not run.started:
            wanted = await plan(self._host, self._pod, self._ip, state.spec, self._volumes)
            run.start(bwrap_command(self._host.bwrap, wanted, run.prepare()))
        while not run.started:
            await asyncio.sleep(0.005)
        state.run, state.waiting = run, None
        if run.exit_code is None:
            await self._attend(state, run)
        return await run.wait()

    async def _attend(self, state: ContainerState, run: Run) -> None:
        """Supervise the run until its end. What fails here (API away) is tried from the start."""

        async def changed() -> None:
            await self._write(state)

        async def unhealthy() -> None:
            await self._client.warn("Unhealthy", "startup or liveness probe failed")
            await self._end(state, self.grace)

        state.ready = not state.init and "readinessProbe" not in state.spec
        try:
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(supervise(state, run, self._ip, changed, unhealthy))
                await self._write(state)
                await run.wait()
                watch.cancel()
        finally:
            state.ready = False

    async def _write(self, state: ContainerState) -> None:
        await self._client.write(self.states, "Pending" if state.init else "Running")

    async def _end(self, state: ContainerState, grace: float) -> None:
        """SIGTERM, then SIGKILL. A new agent may come here before it has looked at the runs."""
        earlier = [run for run in all_runs(self._folder / state.spec["name"]) if run.started]
        if not earlier:
            return
        state.run = run = earlier[-1]
        ended = asyncio.create_task(run.wait())
        run.signal(signal.SIGTERM)
        done, _ = await asyncio.wait({ended}, timeout=max(0.0, grace))
        if not done:
            run.signal(signal.SIGKILL)
        await ended
