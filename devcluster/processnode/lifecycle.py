"""One pod's life: run its containers, write its status, end it.

Everything it must remember is in the pod's folder, so a life that starts over (a new agent, or
after an unexpected error) goes on where the last one stopped.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import signal
import time
from datetime import datetime
from typing import TYPE_CHECKING

from .containers import Containers
from .host import Host, pod_address
from .pod_client import PodClient
from .run import Run

if TYPE_CHECKING:
    from pathlib import Path

    from .api import Json

log = logging.getLogger(__name__)
TICK_SECONDS = 0.05
FINAL = ("Succeeded", "Failed")
DEADLINE = {
    "reason": "DeadlineExceeded",
    "message": "Pod was active on the node longer than the specified deadline",
}


class PodLife:
    """A pod that is bound to this node, until it is gone from the API."""

    def __init__(self, host: Host, pod: Json) -> None:
        """Make the pod's folder if it is new."""
        self.pod = pod
        self.folder: Path = host.pods / pod["metadata"]["uid"]
        ip = self._remember()
        self._client = PodClient(host.api, pod, ip, host.name)
        self._containers = Containers(host, pod, ip, self._client)
        self._deleting = asyncio.Event()
        self.update(pod)

    def _remember(self) -> str:
        """Return the pod's address. Its file says that the folder is made, and when."""
        path, status = self.folder / "ip", self.pod.get("status", {})
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            for container in status.get("containerStatuses", []):
                if "containerID" in container:  # it ran here once: never run it twice
                    Run(self.folder / container["name"] / "0").forge_lost()
            part = self.folder / "ip.part"
            part.write_text(status.get("podIP") or pod_address(self.pod["metadata"]["uid"]))
            part.rename(path)
        return path.read_text()

    def update(self, pod: Json) -> None:
        """Take the pod as the API server has it now."""
        self.pod = pod
        if "deletionTimestamp" in pod["metadata"]:
            self._deleting.set()

    async def run(self) -> None:
        """Live until the pod is deleted. An error must not lose it: start over from its folder."""
        while True:
            try:
                return await self._live()
            except Exception:
                log.exception("pod %s: starting over", self._client.path)
                await asyncio.sleep(1)

    async def _live(self) -> None:
        if self._client.status.get("phase") not in FINAL:
            over = await self._work()
            await self._client.write(self._containers.states, self._phase(over), over)
        await self._deleting.wait()
        await self._client.delete()

    def _phase(self, over: Json) -> str:
        phase = self._containers.final_phase()
        return "Failed" if over else phase

    async def _work(self) -> Json:
        """Run until the containers are done, the pod is deleted, or its deadline has passed.

        Return reason and message if the node ended the pod.
        """
        work = asyncio.create_task(self._containers.run())
        deletion = asyncio.create_task(self._deleting.wait())
        try:
            await asyncio.wait(
                {work, deletion}, timeout=self._time_left(), return_when=asyncio.FIRST_COMPLETED
            )
            if work.done():
                await work  # raises what it raised
                return {}
        finally:
            for task in (work, deletion):
                task.cancel()
            await asyncio.wait({work, deletion})
        if self._deleting.is_set():
            await self._containers.stop(self._grace_left())
            return {}
        await self._containers.stop(self._containers.grace)
        return DEADLINE

    def _time_left(self) -> float | None:
        if limit := self.pod["spec"].get("activeDeadlineSeconds"):
            started = (self.folder / "ip").stat().st_mtime
            return max(0.0, started + float(limit) - time.time())
        return None

    def _grace_left(self) -> float:
        """Return what is left: deletionTimestamp is the request's time plus the grace period.

        A timer may fire a tick early, and an end is told in whole seconds: better a little late.
        """
        until = datetime.fromisoformat(self.pod["metadata"]["deletionTimestamp"])
        return until.timestamp() - time.time() + TICK_SECONDS


def kill_all(folder: Path) -> None:
    """Kill whatever still runs for a pod that is gone from the API, and forget it."""
    for pid in folder.glob("*/*/pid"):
        Run(pid.parent).signal(signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
