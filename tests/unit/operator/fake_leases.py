"""A clock that tests set, and one Lease in memory, kept as the API server keeps it."""

import asyncio
import copy
from collections.abc import Callable

from sbert_operator.cluster import Cluster
from sbert_operator.errors import ApiError, ConflictError, NotFoundError
from sbert_operator.observed import Key, Manifest

KEY = Key("sbert", "demo")
START = 1000.0
Hook = Callable[[], ApiError | None]
"""Called before a request is carried out; the error that it gives is its answer instead."""


class Clock:
    """Seconds that pass only when somebody sleeps, or a test says so."""

    def __init__(self) -> None:
        self.seconds = START
        self.on_tick: Callable[[], None] = lambda: None
        """What others do meanwhile."""

    def __call__(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        await asyncio.sleep(0)
        self.on_tick()

    @property
    def passed(self) -> float:
        """Seconds since the start."""
        return self.seconds - START


class FakeLeases(Cluster):
    """The calls that are about the Lease."""

    def __init__(self, spec: object = None) -> None:
        """`spec`: of the Lease that is there; None: there is none."""
        self.lease: Manifest | None = None
        self.calls: list[str] = []
        self.before: Hook = lambda: None
        self._version = 0
        if spec is not None:
            self.write(spec)

    @property
    def holder(self) -> object:
        """Who holds the Lease."""
        assert self.lease
        return self.lease["spec"]["holderIdentity"]

    def write(self, spec: object, **metadata: object) -> None:
        """Somebody writes the Lease."""
        self._version += 1
        meta = {"namespace": KEY.namespace, "name": KEY.name, **metadata}
        self.lease = {"metadata": {**meta, "resourceVersion": str(self._version)}, "spec": spec}

    def renew(self, holder: str) -> None:
        """Somebody renews it."""
        self.write({"holderIdentity": holder, "leaseDurationSeconds": 15})

    def delete(self) -> None:
        """Somebody deletes it."""
        self.lease = None

    async def get_lease(self, key: Key) -> Manifest:
        found = copy.deepcopy(self.lease)  # as it was when the request arrived
        await self._request("get")
        if key != KEY or found is None:
            raise NotFoundError(404, "no such lease")
        return found

    async def create_lease(self, lease: Manifest) -> None:
        await self._request("create")
        if self.lease:
            raise ConflictError(409, "exists")
        self.write(lease["spec"], **lease["metadata"])

    async def replace_lease(self, lease: Manifest) -> None:
        await self._request("replace")
        if self.lease is None:
            raise NotFoundError(404, "no such lease")
        if lease["metadata"]["resourceVersion"] != str(self._version):
            raise ConflictError(409, "the object has been modified")
        self.write(lease["spec"], **lease["metadata"])

    async def _request(self, call: str) -> None:
        self.calls.append(call)
        await asyncio.sleep(0)
        if error := self.before():
            raise error
