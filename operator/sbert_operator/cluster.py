"""The calls that the operator makes to Kubernetes, all of them: what is not here needs no right.

It must never decide anything; errors come through as errors.ApiError, and only probe_tasks reads a
404 as what it means there.
"""

import contextlib
from collections.abc import AsyncIterator
from urllib.parse import quote

from sbert_api import names
from sbert_api.kinds import KINDS, Kind
from sbert_operator import lease
from sbert_operator.client import Client
from sbert_operator.errors import ConflictError, NotFoundError, NotServedError
from sbert_operator.observed import Key, Manifest

MANAGED_JOBS = f"{names.MANAGED_BY_LABEL}={names.MANAGED_BY}"
LEASES = f"/apis/{lease.API_VERSION}"
FIELD_MANAGER = {"fieldManager": names.MANAGED_BY}
PAGE = "500"
LOG_END = {"tailLines": "40", "limitBytes": "32768"}


class Cluster:
    """Kubernetes as the operator sees it."""

    def __init__(self, client: Client, namespaces: tuple[str, ...] = ()) -> None:
        """`namespaces`: where to list; empty for the whole cluster."""
        self._client = client
        self._scopes = [f"/namespaces/{quote(name)}" for name in namespaces] or [""]

    async def probe_tasks(self) -> None:
        """Ask for one task of each kind. Raises NotServedError if a CRD is not installed."""
        for kind in KINDS:
            for scope in self._scopes:
                await self._probe(kind, scope)

    async def _probe(self, kind: Kind, scope: str) -> None:
        path = f"/apis/{names.API_VERSION}{scope}/{kind.plural}"
        try:
            await self._client.json("GET", path, kind.plural, query={"limit": "1"})
        except NotFoundError as error:
            raise NotServedError(
                f"the API server does not serve {kind.plural}.{names.GROUP} {names.VERSION}:"
                " install the CRDs first (crds/, or the chart with crds.enabled=true)"
            ) from error

    def list_tasks(self, kind: Kind) -> AsyncIterator[Manifest]:
        """All tasks of a kind, as lists of up to 500 with metadata.resourceVersion."""
        return self._pages(f"/apis/{names.API_VERSION}", kind.plural, {})

    def list_jobs(self) -> AsyncIterator[Manifest]:
        """All Jobs with our label, as lists of up to 500 with metadata.resourceVersion."""
        return self._pages("/apis/batch/v1", "jobs", {"labelSelector": MANAGED_JOBS})

    async def jobs_of(self, key: Key, uid: str) -> list[Manifest]:
        """The Jobs of one task, read now."""
        query = {"labelSelector": f"{names.TASK_UID_LABEL}={uid}"}
        path = _path("/apis/batch/v1", key, "jobs")
        listed = await self._client.json("GET", path, "jobs", query=query)
        return listed.get("items") or []

    async def get_task(self, kind: Kind, key: Key) -> Manifest:
        """One task."""
        return await self._client.json("GET", _task_path(kind, key), kind.plural)

    async def get_job(self, key: Key) -> Manifest:
        """One Job."""
        path = _path("/apis/batch/v1", key, "jobs", key.name)
        return await self._client.json("GET", path, "jobs")

    async def create_job(self, manifest: Manifest) -> Manifest:
        """Create a Job; ConflictError if the name is taken. The Job as it was stored."""
        key = Key(manifest["metadata"]["namespace"], manifest["metadata"]["name"])
        path = _path("/apis/batch/v1", key, "jobs")
        return await self._client.json("POST", path, "jobs", query=FIELD_MANAGER, body=manifest)

    async def suspend_job(self, key: Key, uid: str, *, suspend: bool) -> Manifest:
        """Make a Job pause or go on; ConflictError if the name is another Job's by now."""
        body = {"metadata": {"uid": uid}, "spec": {"suspend": suspend}}
        path = _path("/apis/batch/v1", key, "jobs", key.name)
        return await self._client.json("PATCH", path, "jobs", query=FIELD_MANAGER, body=body)

    async def delete_job(self, key: Key, uid: str) -> None:
        """Delete a Job; it is gone only when its pods are. No error if it is gone already."""
        body = {"propagationPolicy": "Foreground", "preconditions": {"uid": uid}}
        path = _path("/apis/batch/v1", key, "jobs", key.name)
        with contextlib.suppress(NotFoundError, ConflictError):
            await self._client.json("DELETE", path, "jobs", body=body)

    async def warnings_about(self, namespace: str, uid: str) -> list[Manifest]:
        """The Events of type Warning about one object."""
        query = {"fieldSelector": f"involvedObject.uid={uid},type=Warning", "limit": "20"}
        path = f"/api/v1/namespaces/{quote(namespace, safe='')}/events"
        listed = await self._client.json("GET", path, "events", query=query)
        return listed.get("items") or []

    async def patch_status(self, kind: Kind, key: Key, version: int, patch: Manifest) -> Manifest:
        """Merge `patch` into a task's status; ConflictError if the task is not at this version."""
        body = {"metadata": {"resourceVersion": str(version)}, "status": patch}
        path = f"{_task_path(kind, key)}/status"
        resource = f"{kind.plural}/status"
        return await self._client.json("PATCH", path, resource, query=FIELD_MANAGER, body=body)

    async def pods_of_job(self, key: Key, job_uid: str) -> list[Manifest]:
        """The pods of a Job, found by the Job's uid."""
        query = {"labelSelector": f"batch.kubernetes.io/controller-uid={job_uid}"}
        listed = await self._client.json("GET", _path("/api/v1", key, "pods"), "pods", query=query)
        return listed.get("items") or []

    async def log_tail(self, namespace: str, pod: str, container: str) -> str:
        """The last lines of the log of a step's container."""
        query = {"container": container, **LOG_END}
        path = f"{_path('/api/v1', Key(namespace, ''), 'pods', pod)}/log"
        return await self._client.text(path, "pods/log", query=query)

    async def create_event(self, namespace: str, manifest: Manifest) -> None:
        """Create an Event; ConflictError if there is one of this name."""
        path = _path("/api/v1", Key(namespace, ""), "events")
        await self._client.json("POST", path, "events", query=FIELD_MANAGER, body=manifest)

    async def patch_event(self, key: Key, patch: Manifest) -> None:
        """Merge `patch` into an Event."""
        path = _path("/api/v1", key, "events", key.name)
        await self._client.json("PATCH", path, "events", query=FIELD_MANAGER, body=patch)

    async def get_lease(self, key: Key) -> Manifest:
        """One Lease."""
        return await self._client.json("GET", _path(LEASES, key, "leases", key.name), "leases")

    async def create_lease(self, lease: Manifest) -> None:
        """Create a Lease; ConflictError if there is one of this name."""
        path = _path(LEASES, Key(lease["metadata"]["namespace"], ""), "leases")
        await self._client.json("POST", path, "leases", query=FIELD_MANAGER, body=lease)

    async def replace_lease(self, lease: Manifest) -> None:
        """Replace a Lease; ConflictError if it is no longer at the version that `lease` names."""
        key = Key(lease["metadata"]["namespace"], lease["metadata"]["name"])
        path = _path(LEASES, key, "leases", key.name)
        await self._client.json("PUT", path, "leases", query=FIELD_MANAGER, body=lease)

    async def _pages(
        self, root: str, resource: str, selector: dict[str, str]
    ) -> AsyncIterator[Manifest]:
        for scope in self._scopes:
            query = {"limit": PAGE, **selector}
            while True:
                path = f"{root}{scope}/{resource}"
                page = await self._client.json("GET", path, resource, query=query)
                yield page
                if not page["metadata"].get("continue"):
                    break
                query = {**query, "continue": page["metadata"]["continue"]}


def _path(root: str, key: Key, resource: str, name: str = "") -> str:
    parts = ["namespaces", key.namespace, resource, *([name] if name else [])]
    return "/".join([root, *(quote(part, safe="") for part in parts)])


def _task_path(kind: Kind, key: Key) -> str:
    return _path(f"/apis/{names.API_VERSION}", key, kind.plural, key.name)
