"""Who leads: never two, whatever clocks, API server and other people do."""

import asyncio
import socket
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


@pytest.mark.parametrize(
    ("spec", "seconds"),
    [
        pytest.param(None, 0, id="there is none"),
        pytest.param({}, 0, id="empty"),
        pytest.param("garbage", 0, id="garbage"),
        pytest.param({**OTHER, "holderIdentity": ""}, 0, id="given up"),
        pytest.param({**OTHER, "holderIdentity": 7}, 0, id="held by a number"),
        pytest.param(OTHER, 15, id="held"),
        pytest.param({**OTHER, "leaseDurationSeconds": 40}, 40, id="held for longer"),
        pytest.param({"holderIdentity": "other"}, 15, id="held, not said for how long"),
        pytest.param({**OTHER, "leaseDurationSeconds": 0}, 15, id="held for no time"),
        pytest.param({**OTHER, "renewTime": "1970-01-01T00:00:00.000000Z"}, 15, id="late clock"),
        pytest.param({**OTHER, "renewTime": "2099-01-01T00:00:00.000000Z"}, 15, id="early clock"),
        pytest.param({**OTHER, "renewTime": []}, 15, id="a time that is none"),
    ],
)
def test_a_lease_is_taken_when_its_holder_was_silent_for_its_duration(
    spec: object, seconds: float
) -> None:
    candidate = a_candidate(spec)
    run(candidate.elector.acquire)
    assert seconds <= candidate.clock.passed <= seconds + LAST_POLL
    assert candidate.leases.holder == candidate.identity
    candidate.fence.check()


@pytest.mark.parametrize(
    ("holder", "pod", "seconds"),
    [
        pytest.param("demo-1_0a0a", "demo-1", 0, id="an earlier process of this pod"),
        pytest.param("demo-2_0a0a", "demo-1", 15, id="another pod"),
        pytest.param("demo-1", "demo-1", 15, id="not as we write it"),
        pytest.param("_0a0a", "", 15, id="no pod, and this one does not know its own"),
    ],
)
def test_an_earlier_process_of_the_same_pod_is_not_waited_for(
    holder: str, pod: str, seconds: float
) -> None:
    candidate = Candidate(FakeLeases({**OTHER, "holderIdentity": holder}), pod=pod)
    run(candidate.elector.acquire)
    assert seconds <= candidate.clock.passed <= seconds + LAST_POLL
    assert candidate.identity.rpartition("_")[0] == (pod or socket.gethostname())


def test_a_leader_yields_to_a_later_process_of_its_own_pod() -> None:
    candidate = Candidate(FakeLeases(), pod="demo-1")
    run(candidate.elector.acquire)
    candidate.leases.write({**OTHER, "holderIdentity": "demo-1_later"})
    run(candidate.look)
    assert not candidate.fence.is_open
    assert candidate.leases.holder == "demo-1_later"


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


def test_a_lease_that_is_renewed_is_never_taken() -> None:
    candidate = a_candidate(OTHER)
    candidate.clock.on_tick = lambda: candidate.leases.renew("other")
    assert waits(candidate, 600)
    assert candidate.leases.calls == ["get"] * len(candidate.leases.calls)


def test_a_lease_is_not_taken_after_a_suspension_in_which_it_was_renewed() -> None:
    candidate = a_candidate(OTHER)
    suspended = iter([True])

    def tick() -> None:
        candidate.leases.renew("other")
        if next(suspended, False):
            candidate.suspend()

    candidate.clock.on_tick = tick
    assert waits(candidate, 3700)


def test_an_answer_from_before_a_suspension_does_not_say_that_the_holder_was_silent() -> None:
    candidate = a_candidate(OTHER)
    suspensions = iter([0.0, 3600.0])

    def wait() -> None:
        candidate.clock.seconds += next(suspensions, 0.0)

    candidate.leases.before = wait
    assert waits(candidate, 3600)
    assert "replace" not in candidate.leases.calls


def test_of_many_that_want_a_free_lease_one_gets_it() -> None:
    leases = FakeLeases({**OTHER, "holderIdentity": ""})
    candidates = [Candidate(leases) for _ in range(5)]

    async def test() -> None:
        tries = [asyncio.create_task(c.elector.acquire()) for c in candidates]
        await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
        for task in tries:
            task.cancel()

    run(test)
    (leader,) = [candidate for candidate in candidates if candidate.fence.is_open]
    assert leases.holder == leader.identity


def test_of_many_that_create_the_lease_one_does() -> None:
    leases = FakeLeases()
    candidates = [Candidate(leases) for _ in range(5)]

    async def test() -> None:
        await asyncio.gather(*(candidate.look() for candidate in candidates))

    run(test)
    (leader,) = [candidate for candidate in candidates if candidate.fence.is_open]
    assert leases.holder == leader.identity


def test_a_leader_that_renews_in_time_leads_on() -> None:
    leader = a_leader()
    leader.api_away_after(600)
    assert 600 < lose(leader) <= 600 + SETTINGS.renew_deadline + 2 * SETTINGS.retry
    assert leader.leases.holder == leader.identity


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(UnreachableError(0, "no answer"), id="no answer"),
        pytest.param(ApiError(500, "no"), id="internal error"),
        pytest.param(ApiError(429, "slow down"), id="too many requests"),
        pytest.param(ApiError(403, "not loaded yet"), id="forbidden"),
    ],
)
def test_a_lease_that_cannot_be_renewed_is_lost_at_its_deadline(error: ApiError) -> None:
    leader = a_leader()
    leader.leases.before = lambda: error
    while leader.clock.passed < SETTINGS.renew_deadline:
        leader.fence.check()
        leader.clock.seconds += 0.5
    leader.clock.seconds = 1000.0
    assert SETTINGS.renew_deadline <= lose(leader) <= SETTINGS.renew_deadline + SETTINGS.retry


def test_the_deadline_counts_from_the_start_of_the_last_good_renewal() -> None:
    candidate = a_candidate()
    candidate.take_seconds(3)
    run(candidate.elector.acquire)
    assert candidate.clock.passed == 6
    candidate.clock.seconds = 1000.0 + SETTINGS.renew_deadline
    candidate.fence.check()
    candidate.clock.seconds += 0.1
    with pytest.raises(FencedError):
        candidate.fence.check()


def test_a_hanging_request_does_not_keep_the_fence_open() -> None:
    leader = a_leader()
    leader.leases.before = lambda: leader.hang(60)
    lose(leader)
    assert leader.leases.calls[2:] == ["get"]


def test_one_failure_is_not_the_end() -> None:
    leader = a_leader()
    answers = iter([away()])
    leader.leases.before = lambda: next(answers, None)
    leader.api_away_after(60)
    assert lose(leader) > 60


def test_a_leader_that_was_suspended_asks_for_nothing_and_writes_nothing() -> None:
    leader = a_leader()
    calls = len(leader.leases.calls)
    leader.clock.on_tick = leader.suspend
    lose(leader)
    assert len(leader.leases.calls) == calls


def test_a_leader_that_was_suspended_in_a_renewal_does_not_lead_by_it() -> None:
    leader = a_leader()
    leader.take_seconds(60)
    lose(leader)
    assert leader.leases.calls[2:] == ["get", "replace"]


def test_a_leader_that_finds_another_one_closes_its_fence_at_once() -> None:
    leader = a_leader()
    leader.clock.on_tick = lambda: leader.leases.renew("other")
    lose(leader)
    assert leader.leases.calls[2:] == ["get"]
    assert leader.leases.holder == "other"


def test_a_leader_whose_lease_was_edited_in_between_keeps_it() -> None:
    leader = a_leader()
    edits = iter([None, True])

    def edit() -> None:
        if next(edits, None):
            assert leader.leases.lease
            leader.leases.write(leader.leases.lease["spec"], labels={"a": "b"})

    leader.leases.before = edit
    leader.api_away_after(30)
    assert lose(leader) > 30
    assert leader.leases.holder == leader.identity


def test_a_lease_that_was_deleted_is_made_again_by_its_holder() -> None:
    leader = a_leader()
    leader.leases.delete()
    run(leader.look)
    assert leader.leases.holder == leader.identity


def test_a_lease_that_was_deleted_is_its_holders_as_long_as_before() -> None:
    candidate = a_candidate(OTHER)
    candidate.clock.on_tick = candidate.leases.delete
    run(candidate.elector.acquire)
    assert candidate.clock.passed >= 15


def test_a_lease_that_is_given_up_is_free() -> None:
    leader = a_leader()
    run(leader.elector.release)
    assert leader.leases.holder == ""
    assert not leader.fence.is_open
    candidate = Candidate(leader.leases)
    run(candidate.elector.acquire)
    assert candidate.clock.passed == 0


def test_the_fence_is_closed_before_the_lease_is_given_up() -> None:
    leader = a_leader()
    leader.leases.before = lambda: pytest.fail("open") if leader.fence.is_open else None
    run(leader.elector.release)


@pytest.mark.parametrize("spec", [None, OTHER, {}], ids=["none", "another's", "nobody's"])
def test_a_lease_that_is_not_ones_own_is_not_given_up(spec: object) -> None:
    candidate = a_candidate(spec)
    run(candidate.elector.release)
    assert candidate.leases.calls == ["get"]


def test_a_renewal_that_arrives_late_is_given_up_too() -> None:
    leader = a_leader()
    late = iter([None, True])

    def arrive() -> None:
        if next(late, None):
            leader.leases.renew(leader.identity)

    leader.leases.before = arrive
    run(leader.elector.release)
    assert leader.leases.holder == ""


def test_a_lease_that_cannot_be_given_up_is_left_to_its_end() -> None:
    leader = a_leader()
    leader.leases.before = away
    run(leader.elector.release)
    assert leader.leases.holder == leader.identity


def test_one_that_waits_is_in_touch_while_the_api_server_answers() -> None:
    candidate = a_candidate(OTHER)
    assert not candidate.elector.in_touch
    run(candidate.look)
    assert candidate.elector.in_touch
    candidate.leases.before = away
    candidate.clock.seconds += SETTINGS.renew_deadline
    run(candidate.look)
    assert candidate.elector.in_touch
    candidate.clock.seconds += 0.1
    assert not candidate.elector.in_touch


def test_what_keeps_it_waiting_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    run(a_candidate(OTHER).elector.acquire)
    assert [record.message.split(",")[0] for record in caplog.records] == [
        "other leads; waiting",
        "leads now",
    ]


def test_no_two_processes_have_the_same_identity() -> None:
    one, two = a_candidate().identity, a_candidate().identity
    assert one != two
    assert one.startswith(socket.gethostname() + "_")


def test_the_times_leave_room_for_a_write_to_arrive_and_for_failures() -> None:
    assert SETTINGS.renew_deadline < SETTINGS.duration
    assert 2 * SETTINGS.request <= SETTINGS.renew_deadline
    assert 4 * SETTINGS.retry < SETTINGS.renew_deadline
