"""The API calls about one pod: its status, its events, its end.

A pod that is gone, or replaced by a namesake, is no error; nothing is ever written to a namesake.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from .api import STRATEGIC, Api, ApiError, Json
from .status import ContainerState, pod_status, rfc3339

if TYPE_CHECKING:
    from collections.abc import Awaitable


class PodClient:
    """Writes about one pod, one status write at a time."""

    def __init__(self, api: Api, pod: Json, ip: str, node: str) -> None:
        """`ip` is the pod's address for ever: podIPs merge, and a second one is refused."""
        self._api, self._pod, self._ip, self._node = api, pod, ip, node
        meta = pod["metadata"]
        self.path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
        self.status: Json = pod.get("status", {})
        self._writing = asyncio.Lock()

    async def write(
        self, containers: list[ContainerState], phase: str, over: Json | None = None
    ) -> None:
        """Write the status; `over`: reason and message of a pod that the node ended."""
        async with self._writing:
            pod = {**self._pod, "status": self.status}
            status = pod_status(pod, containers, phase, self._ip, time.time()) | (over or {})
            # A uid that differs from the object's is refused with 409.
            body = {"metadata": {"uid": self._pod["metadata"]["uid"]}, "status": status}
            call = self._api.call("PATCH", f"{self.path}/status", body, STRATEGIC)
            self.status = (await _ignoring_gone(call)).get("status", self.status)

    async def delete(self) -> None:
        """Take the pod out of the API, now that its containers have ended."""
        uid = self._pod["metadata"]["uid"]
        body = {"gracePeriodSeconds": 0, "preconditions": {"uid": uid}}
        await _ignoring_gone(self._api.call("DELETE", self.path, body))

    async def warn(self, reason: str, message: str) -> None:
        """Record an Event, one per pod and reason: a second one is only a conflict."""
        meta, now = self._pod["metadata"], rfc3339(time.time())
        about = {key: meta[key] for key in ("namespace", "name", "uid")}
        body = {
            "metadata": {"name": f"{meta['name']}.{reason.lower()}"},
            "type": "Warning",
            "reason": reason,
            "message": message,
            "involvedObject": {"kind": "Pod", "apiVersion": "v1", **about},
            "source": {"component": "processnode", "host": self._node},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        path = f"/api/v1/namespaces/{meta['namespace']}/events"
        await _ignoring_gone(self._api.call("POST", path, body))


async def _ignoring_gone(call: Awaitable[Json]) -> Json:
    try:
        return await call
    except ApiError as error:
        if error.code not in (403, 404, 409):  # 403: events of a namespace that is being deleted
            raise
        return {}
