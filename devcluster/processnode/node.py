"""The node itself: registration, heartbeats, and one life for each pod that is bound to it.

An API server that is away or starts anew must never end the node.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from .api import STRATEGIC, ApiError, Json
from .lifecycle import PodLife, kill_all
from .logs import application
from .status import rfc3339

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from .host import Host

log = logging.getLogger(__name__)
HEARTBEAT_SECONDS = 10.0  # a kubelet's numbers: renew a Lease of 40 s every 10 s
LEASE_SECONDS = 40
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


class Node:
    """One Node object and the pods bound to it."""

    def __init__(self, host: Host, capacity: Json) -> None:
        """`capacity` is the Node's capacity and allocatable."""
        self._host, self._capacity = host, capacity
        self._since = rfc3339(time.time())
        self._lives: dict[str, tuple[PodLife, asyncio.Task[None]]] = {}

    async def run(self, tls: ssl.SSLContext) -> None:
        """Serve until cancelled; `tls` is for the log endpoint."""
        port = await self._serve_logs(tls)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._heartbeats(port))
            group.create_task(self._pods())

    async def _serve_logs(self, tls: ssl.SSLContext) -> int:
        runner = web.AppRunner(application(self._pod_folder))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        return int(runner.addresses[0][1])

    def _pod_folder(self, namespace: str, name: str) -> Path | None:
        for life, _ in self._lives.values():
            meta = life.pod["metadata"]
            if (meta["namespace"], meta["name"]) == (namespace, name):
                return life.folder
        return None

    async def _heartbeats(self, port: int) -> None:
        """Register and renew. The status goes with each renewal, so a dead call is soon undone."""
        while True:
            try:
                await self._heartbeat(port, rfc3339(time.time()))
            except (ApiError, aiohttp.ClientError, TimeoutError) as error:
                log.warning("heartbeat: %s", error)
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _heartbeat(self, port: int, now: str) -> None:
        api, name = self._host.api, self._host.name
        labels = {
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": _architecture(),
            "type": "processnode",
        }
        node = {"metadata": {"name": name, "labels": labels}}
        await api.create_or_patch("/api/v1/nodes", node)
        status = {"status": self._status(port, now)}
        await api.call("PATCH", f"/api/v1/nodes/{name}/status", status, STRATEGIC)
        spec = {
            "holderIdentity": name,
            "leaseDurationSeconds": LEASE_SECONDS,
            "renewTime": now.replace("Z", ".000000Z"),
        }
        await api.create_or_patch(LEASES, {"metadata": {"name": name}, "spec": spec})

    def _status(self, port: int, now: str) -> Json:
        states = {"Ready": "True"}
        states |= dict.fromkeys(("MemoryPressure", "DiskPressure", "PIDPressure"), "False")
        times = {"lastHeartbeatTime": now, "lastTransitionTime": self._since}
        return {
            "capacity": self._capacity,
            "allocatable": self._capacity,
            # No Hostname: the API server prefers it, and would look it up in DNS to read logs.
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
            "nodeInfo": _node_info(),
            "conditions": [
                {"type": kind, "status": value, "reason": "ProcessNode", **times}
                for kind, value in states.items()
            ],
        }

    async def _pods(self) -> None:
        ours = f"spec.nodeName={self._host.name}"
        async for kind, found in self._host.api.list_and_watch("/api/v1/pods", fieldSelector=ours):
            if kind == "LIST":
                self._forget_all_but({pod["metadata"]["uid"] for pod in found})
                for pod in found:
                    self._see(pod)
            elif kind == "DELETED":
                self._forget(found["metadata"]["uid"])
            else:
                self._see(found)

    def _see(self, pod: Json) -> None:
        uid = pod["metadata"]["uid"]
        if uid in self._lives:
            self._lives[uid][0].update(pod)
            return
        life = PodLife(self._host, pod)
        self._lives[uid] = life, asyncio.create_task(life.run(), name=uid)

    def _forget(self, uid: str) -> None:
        if found := self._lives.pop(uid, None):
            found[1].cancel()
        kill_all(self._host.pods / uid)

    def _forget_all_but(self, uids: set[str]) -> None:
        """Forget pods that went away unseen: of an earlier agent, or while the watch was broken."""
        known = set(self._lives) | {path.name for path in self._host.pods.iterdir()}
        for uid in known - uids:
            self._forget(uid)


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)


def _node_info() -> Json:
    unknown = ("machineID", "systemUUID", "bootID", "kubeProxyVersion")
    return {
        "kubeletVersion": "processnode",
        "containerRuntimeVersion": "bubblewrap://",
        "osImage": "this machine",
        "operatingSystem": "linux",
        "architecture": _architecture(),
        "kernelVersion": os.uname().release,
        **dict.fromkeys(unknown, ""),
    }


def capacity(gpus: int) -> Json:
    """Return what this machine has, and `gpus` times nvidia.com/gpu."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    found = {
        "cpu": str(os.cpu_count()),
        "memory": f"{memory // 2**20}Mi",
        "pods": "250",
        "ephemeral-storage": "50Gi",
    }
    return found | ({"nvidia.com/gpu": str(gpus)} if gpus else {})
