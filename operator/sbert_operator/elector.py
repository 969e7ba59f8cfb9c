"""Who leads: the one operator that holds the Lease. Each write of it names the version it read.

It must never open the fence for longer than its own renewals allow, and never believe another
machine's clock: all times are counted by the local one, from the moment a change was seen.
"""

import asyncio
import logging
import random
import socket
import uuid
from collections.abc import Awaitable, Callable

from sbert_operator import lease, times
from sbert_operator.cluster import Cluster
from sbert_operator.errors import ApiError, ConflictError, LeaseLostError, NotFoundError
from sbert_operator.fence import Fence
from sbert_operator.lease import Claim
from sbert_operator.observed import Key, Manifest
from sbert_operator.settings import LeaseSettings

logger = logging.getLogger(__name__)


def new_identity(pod: str) -> str:
    """This process's name in the Lease: its pod's, and that of no process before or after it."""
    return f"{pod or socket.gethostname()}_{uuid.uuid4().hex[:8]}"


class Elector:
    """Takes, keeps and gives up the Lease."""

    def __init__(
        self,
        cluster: Cluster,
        settings: LeaseSettings,
        fence: Fence,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`fence` is open while this process leads; all times are those of its clock."""
        self.identity = new_identity(settings.pod)
        self._cluster = cluster
        self._settings = settings
        self._key = Key(settings.namespace, settings.name)
        self._fence = fence
        self._sleep = sleep
        self._seen = Claim("", 0, "")
        self._since = self._answered = float("-inf")
        self._said = ""
        self._has_led = False

    @property
    def leads(self) -> bool:
        """Whether this process leads and may write."""
        return self._fence.is_open

    @property
    def in_touch(self) -> bool:
        """Whether the API server answered lately, about as lately as a leader needs it to."""
        return self._fence.now() - self._answered <= self._settings.renew_deadline

    async def acquire(self) -> None:
        """Wait until this process leads."""
        while not await self._renew():
            await self._sleep(self._settings.poll * random.uniform(1.0, 1.2))  # noqa: S311 - hides nothing
        logger.info("leads now, as %s", self.identity)

    async def hold(self) -> None:
        """Renew until the lease is lost, and raise LeaseLostError. The fence is closed then."""
        while self._fence.is_open:
            await self._sleep(self._settings.retry)
            if self._fence.is_open:
                await self._renew()
        raise LeaseLostError(f"the lease {self._settings.name} was lost: starting anew")

    async def release(self) -> None:
        """Give the lease up if it is this process's, so that another one need not wait for its end.

        Whatever this process wrote must have been answered before.
        """
        self._fence.close()
        for _ in range(2):  # a renewal that was cut off may still arrive, and be in the way once
            try:
                found = await self._read()
                if found and lease.claim_of(found).holder == self.identity:
                    await self._cluster.replace_lease(lease.given_up(found, times.now()))
            except ConflictError:
                continue
            except ApiError as error:
                logger.warning("the lease was not given up: %s", error)
            return

    async def _renew(self) -> bool:
        """Take or renew the lease if it is free or this process's; whether that worked."""
        started = self._fence.now()
        try:
            found = await self._read()
            if self._is_anothers(found, started):
                self._fence.close()
                self._say(f"{self._seen.holder} leads; waiting")
                return False
            await self._write(found)
        except ApiError as error:
            self._say(f"the lease was not renewed: {error}")
            return False
        self._fence.open_until(started + self._settings.renew_deadline)
        self._said, self._has_led = "", True
        return True

    async def _read(self) -> Manifest | None:
        try:
            found = await self._cluster.get_lease(self._key)
        except NotFoundError:
            found = None
        self._answered = self._fence.now()
        return found

    def _is_anothers(self, found: Manifest | None, started: float) -> bool:
        """Whether another one may lead: it wrote less than the Lease's duration ago.

        That holds even for a Lease that was deleted: its holder does not know yet. An earlier
        process of the same pod leads no more: its container was started again when it had ended.
        """
        duration: float = self._settings.duration
        if found:
            claim = lease.claim_of(found)
            if claim != self._seen:
                self._seen, self._since = claim, self._fence.now()
            duration = claim.duration or duration
        if self._seen.holder in ("", self.identity) or self._is_predecessor(self._seen.holder):
            return False
        return started - self._since < duration

    def _is_predecessor(self, holder: str) -> bool:
        """Whether this pod ran the holder before. Never of one that came after this process led."""
        pod = self._settings.pod
        return bool(pod) and not self._has_led and holder.rpartition("_")[0] == pod

    async def _write(self, found: Manifest | None) -> None:
        duration, now = self._settings.duration, times.now()
        if found:
            await self._cluster.replace_lease(lease.renewed(found, self.identity, duration, now))
        else:
            new = lease.new_lease(self._key, self.identity, duration, now)
            await self._cluster.create_lease(new)

    def _say(self, what: str) -> None:
        """Log what keeps this process from leading, once."""
        if what != self._said:
            self._said = what
            logger.info("%s", what)
