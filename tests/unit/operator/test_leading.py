"""How a leader keeps its lease, loses it, and gives it up."""

import pytest

from sbert_operator.errors import ApiError, FencedError, UnreachableError
from tests.unit.operator.candidates import (
    OTHER,
    SETTINGS,
    Candidate,
    a_candidate,
    a_leader,
    away,
    lose,
    run,
)
from tests.unit.operator.fake_leases import FakeLeases


def test_a_leader_yields_to_a_later_process_of_its_own_pod() -> None:
    candidate = Candidate(FakeLeases(), pod="demo-1")
    run(candidate.elector.acquire)
    candidate.leases.write({**OTHER, "holderIdentity": "demo-1_later"})
    run(candidate.look)
    assert not candidate.fence.is_open
    assert candidate.leases.holder == "demo-1_later"


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
