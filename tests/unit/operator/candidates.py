"""Those that want to lead, for tests."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from sbert_operator.elector import Elector
from sbert_operator.errors import ApiError, FencedError, LeaseLostError, UnreachableError
from sbert_operator.fence import Fence
from sbert_operator.settings import LeaseSettings
from tests.unit.operator.fake_leases import KEY, Clock, FakeLeases

SETTINGS = LeaseSettings(KEY.name, KEY.namespace)
OTHER = {"holderIdentity": "other", "leaseDurationSeconds": 15}
LAST_POLL = 1.2 * SETTINGS.poll


class Candidate:
    """An elector, its fence, its clock, and the Lease that it looks at."""

    def __init__(self, leases: FakeLeases, clock: Clock | None = None, pod: str = "") -> None:
        self.leases = leases
        self.clock = clock or Clock()
        self.fence = Fence(self.clock)
        settings = replace(SETTINGS, pod=pod)
        self.elector = Elector(leases, settings, self.fence, self.clock.sleep)
        self.identity = self.elector.identity

    def api_away_after(self, seconds: float) -> None:
        """The API server is not there any more after so many seconds."""

        def look() -> None:
            if self.clock.passed > seconds:
                self.leases.before = away

        self.clock.on_tick = look

    def hang(self, seconds: float) -> ApiError | None:
        """Every request takes so long and is not answered."""
        self.clock.seconds += seconds
        return UnreachableError(0, "no answer")

    def suspend(self) -> None:
        """The machine is suspended for an hour."""
        self.clock.seconds += 3600

    async def look(self) -> None:
        """One try to take or to renew the Lease."""
        await self.elector._renew()

    def take_seconds(self, seconds: float) -> None:
        """Every request takes so long."""

        def wait() -> None:
            self.clock.seconds += seconds

        self.leases.before = wait


def a_candidate(spec: object = None) -> Candidate:
    return Candidate(FakeLeases(spec))


def a_leader() -> Candidate:
    """It has just taken the Lease, which nobody held before."""
    candidate = a_candidate()
    run(candidate.elector.acquire)
    assert candidate.fence.is_open
    return candidate


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(5):
            await test()

    asyncio.run(in_time())


def lose(leader: Candidate) -> float:
    """Let it hold until the lease is lost; the seconds since it was taken."""
    with pytest.raises(LeaseLostError, match="the lease demo was lost"):
        run(leader.elector.hold)
    with pytest.raises(FencedError):
        leader.fence.check()
    return leader.clock.passed


def away() -> ApiError | None:
    return UnreachableError(0, "no answer")


def waits(candidate: Candidate, seconds: float) -> bool:
    """Whether it does not lead after so many seconds."""

    class EnoughError(Exception):
        pass

    def stop() -> None:
        on_tick()
        if candidate.clock.passed > seconds:
            raise EnoughError

    on_tick, candidate.clock.on_tick = candidate.clock.on_tick, stop
    try:
        run(candidate.elector.acquire)
    except EnoughError:
        return not candidate.fence.is_open
    return False
