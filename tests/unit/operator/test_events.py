"""Events: one for each task and reason, and never in anybody's way."""

import asyncio

import pytest

from sbert_operator.errors import ApiError, ForbiddenError, UnreachableError
from sbert_operator.events import Events, build_event
from sbert_operator.observed import Key
from tests.unit.operator.builders import NOW, a_task
from tests.unit.operator.fake_cluster import FakeCluster

TASK = a_task()
NAME = Key("team", "faq.7ef54ba0.published")


def record(events: Events, times: int = 1) -> None:
    async def all_of_them() -> None:
        for _ in range(times):
            await events.record(TASK, "Published", "the model is m", NOW, warning=False)

    asyncio.run(all_of_them())


def test_an_event_tells_what_happened_to_the_task() -> None:
    event = build_event(TASK, "DiskFullError", "full", NOW, warning=True)
    assert (event["type"], event["reason"], event["message"]) == (
        "Warning",
        "DiskFullError",
        "full",
    )
    assert event["involvedObject"]["uid"] == TASK.uid


def test_the_same_event_again_is_counted() -> None:
    cluster = FakeCluster()
    record(Events(cluster), times=3)
    assert list(cluster.events) == [NAME]
    assert cluster.events[NAME]["count"] == 3


def test_after_a_restart_counting_goes_on_with_two() -> None:
    cluster = FakeCluster()
    record(Events(cluster))
    record(Events(cluster))
    assert cluster.events[NAME]["count"] == 2


def test_a_long_name_with_dots_gives_a_name_that_is_allowed() -> None:
    event = build_event(a_task(name="a." * 100), "Published", "", NOW, warning=False)
    assert len(event["metadata"]["name"]) <= 253
    assert ".." not in event["metadata"]["name"]


@pytest.mark.parametrize("error", [ForbiddenError(403, "no"), UnreachableError(0, "gone")])
def test_an_event_that_cannot_be_written_is_forgotten(
    error: ApiError, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise error

    cluster = FakeCluster()
    monkeypatch.setattr(cluster, "create_event", fail)
    record(Events(cluster))
    assert cluster.events == {}
