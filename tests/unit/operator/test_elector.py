"""Who leads: never two, whatever clocks, API server and other people do."""

import asyncio
import socket

import pytest

from tests.unit.operator.candidates import (
    LAST_POLL,
    OTHER,
    SETTINGS,
    Candidate,
    a_candidate,
    away,
    run,
    waits,
)
from tests.unit.operator.fake_leases import FakeLeases


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


def test_a_lease_that_was_deleted_is_its_holders_as_long_as_before() -> None:
    candidate = a_candidate(OTHER)
    candidate.clock.on_tick = candidate.leases.delete
    run(candidate.elector.acquire)
    assert candidate.clock.passed >= 15


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
