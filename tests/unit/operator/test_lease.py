"""What is read from a Lease, and written into it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sbert_operator.lease import Claim, claim_of, given_up, new_lease, renewed
from tests.unit.operator.fake_leases import KEY

NOW = datetime(2026, 1, 1, 12, 0, 0, 1234, tzinfo=UTC)
MOMENT = "2026-01-01T12:00:00.001234Z"
EARLIER = "2026-01-01T11:59:58.000000Z"
HELD = {
    "holderIdentity": "a",
    "leaseDurationSeconds": 15,
    "acquireTime": EARLIER,
    "renewTime": EARLIER,
    "leaseTransitions": 3,
}


def a_lease(spec: object) -> dict[str, Any]:
    metadata = {"namespace": "sbert", "name": "demo", "resourceVersion": "7", "labels": {"x": "y"}}
    return {"kind": "Lease", "metadata": metadata, "spec": spec}


@pytest.mark.parametrize(
    ("spec", "holder", "duration"),
    [
        pytest.param(HELD, "a", 15, id="held"),
        pytest.param({**HELD, "holderIdentity": ""}, "", 15, id="given up"),
        pytest.param(None, "", 0, id="no spec"),
        pytest.param({}, "", 0, id="an empty spec"),
        pytest.param("garbage", "", 0, id="a spec that is text"),
        pytest.param({**HELD, "holderIdentity": 7}, "", 15, id="a holder that is a number"),
        pytest.param({**HELD, "leaseDurationSeconds": "15"}, "a", 0, id="a duration as text"),
        pytest.param({**HELD, "leaseDurationSeconds": -1}, "a", 0, id="a negative duration"),
        pytest.param({**HELD, "renewTime": "soon"}, "a", 15, id="a time that is none"),
    ],
)
def test_a_claim_is_read_from_whatever_was_written(
    spec: object, holder: str, duration: float
) -> None:
    assert claim_of(a_lease(spec)) == Claim(holder, duration, "7")


def test_a_new_lease_names_its_holder() -> None:
    lease = new_lease(KEY, "me", 15, NOW)
    assert lease["metadata"] == {"namespace": "sbert", "name": "demo"}
    assert lease["spec"] == {
        "holderIdentity": "me",
        "leaseDurationSeconds": 15,
        "acquireTime": MOMENT,
        "renewTime": MOMENT,
        "leaseTransitions": 0,
    }


def test_a_holder_that_renews_changes_only_the_time() -> None:
    lease = renewed(a_lease(HELD), "a", 15, NOW)
    assert lease == a_lease({**HELD, "renewTime": MOMENT})


def test_a_new_holder_is_counted() -> None:
    lease = renewed(a_lease(HELD), "me", 15, NOW)
    taken = {"holderIdentity": "me", "acquireTime": MOMENT, "renewTime": MOMENT}
    assert lease == a_lease({**HELD, **taken, "leaseTransitions": 4})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("many", 1, id="text"),
        pytest.param(-3, 1, id="negative"),
        pytest.param(2**31 - 1, 2**31 - 1, id="as many as the API server takes"),
    ],
)
def test_a_count_that_cannot_be_counted_up_does_not_stop_anybody(
    before: object, after: int
) -> None:
    lease = renewed(a_lease({**HELD, "leaseTransitions": before}), "me", 15, NOW)
    assert lease["spec"]["leaseTransitions"] == after


@pytest.mark.parametrize("spec", [None, "garbage"], ids=["none", "text"])
def test_a_spec_that_is_none_is_replaced(spec: object) -> None:
    assert claim_of(renewed(a_lease(spec), "me", 15, NOW)) == Claim("me", 15, "7")


def test_what_others_wrote_beside_it_is_kept() -> None:
    lease = renewed(a_lease({**HELD, "strategy": "OldestEmulationVersion"}), "a", 15, NOW)
    assert lease["spec"]["strategy"] == "OldestEmulationVersion"
    assert lease["metadata"]["labels"] == {"x": "y"}


def test_a_lease_that_is_given_up_has_no_holder_and_keeps_its_count() -> None:
    lease = given_up(a_lease(HELD), NOW)
    expected = {"holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": MOMENT}
    assert lease == a_lease({**HELD, **expected})
