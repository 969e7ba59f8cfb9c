"""What the operator needs of whoever decides whether it leads: the Lease, or nobody."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from sbert_operator.client import Client
from sbert_operator.cluster import Cluster
from sbert_operator.credentials import Credentials
from sbert_operator.elector import Elector
from sbert_operator.fence import Fence
from sbert_operator.metrics import Metrics
from sbert_operator.settings import LeaseSettings


class Leadership(Protocol):
    """Decides whether this process leads, and opens and closes the fence by it."""

    @property
    def leads(self) -> bool:
        """Whether this process leads and may write."""

    @property
    def in_touch(self) -> bool:
        """Whether one that waits could lead: the API server answers."""

    async def acquire(self) -> None:
        """Wait until this process leads."""

    async def hold(self) -> None:
        """Keep leading. Raises LeaseLostError when this process no longer does."""

    async def release(self) -> None:
        """Let another one lead."""


class Alone:
    """Leads for ever, without a Lease: the only operator there is, as on a laptop."""

    in_touch = True

    def __init__(self, fence: Fence) -> None:
        self._fence = fence

    @property
    def leads(self) -> bool:
        """Whether this process leads and may write."""
        return self._fence.is_open

    async def acquire(self) -> None:
        """Lead at once."""
        self._fence.open_until(math.inf)

    async def hold(self) -> None:
        """Lead for ever."""
        await asyncio.Event().wait()

    async def release(self) -> None:
        """Lead no more."""
        self._fence.close()


@asynccontextmanager
async def leadership(
    settings: LeaseSettings | None, found: Credentials, metrics: Metrics, fence: Fence
) -> AsyncIterator[Leadership]:
    """By the Lease that the settings name, or alone."""
    if settings is None:
        yield Alone(fence)
        return
    # Connections of its own: no amount of work can keep the lease from being renewed.
    async with Client(found, metrics, seconds=settings.request) as client:
        yield Elector(Cluster(client), settings, fence)
