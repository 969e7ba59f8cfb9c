"""The resync: what a list shows replaces what is remembered, and a lame watch is found out."""

import asyncio

import pytest

from sbert_operator.controllers import build_controllers
from sbert_operator.errors import WatchBrokenError
from sbert_operator.metrics import Metrics
from sbert_operator.resync import Resync
from tests.unit.operator.builders import KEY, SETTINGS
from tests.unit.operator.fake_cluster import FakeCluster


class Setup:
    """A cluster with a task, and an operator that has not seen it."""

    def __init__(self) -> None:
        self.cluster = FakeCluster()
        self.cluster.add_task()
        self.metrics = Metrics()
        controllers = build_controllers(self.cluster, SETTINGS, self.metrics)
        self.controller = controllers.trainings
        self.resync = Resync(self.cluster, controllers, self.metrics)

    def once(self) -> None:
        asyncio.run(self.resync.once())

    def stale(self) -> float:
        found = self.metrics.registry.get_sample_value("sbert_operator_watch_stale_total")
        assert found is not None
        return found


def test_everything_there_is_becomes_known_and_is_looked_at() -> None:
    setup = Setup()
    setup.once()
    assert setup.controller.cache.tasks.get(KEY)
    assert setup.controller.queue.depth == 1


def test_what_is_gone_is_forgotten() -> None:
    setup = Setup()
    setup.once()
    asyncio.run(setup.controller.work(KEY))
    job = setup.cluster.jobs_owned_by("task-1")[0]
    setup.cluster.delete_job_now(job)
    setup.once()
    assert len(setup.controller.cache.jobs) == 0
    setup.cluster.delete_task(KEY)
    setup.once()
    assert len(setup.controller.cache.tasks) == 0


def test_a_job_that_is_gone_makes_its_task_be_looked_at() -> None:
    setup = Setup()
    setup.once()
    asyncio.run(setup.controller.work(KEY))
    setup.cluster.start_pod(setup.cluster.jobs_owned_by("task-1")[0])
    setup.once()
    asyncio.run(setup.controller.work(KEY))
    setup.cluster.delete_job_now(setup.cluster.jobs_owned_by("task-1")[0])
    setup.once()
    asyncio.run(setup.controller.work(KEY))
    assert setup.cluster.tasks[KEY]["status"]["reason"] == "JobDeleted"


def test_a_watch_that_delivers_late_is_not_behind() -> None:
    setup = Setup()
    setup.once()
    setup.resync.watch_saw(setup.cluster.tasks[KEY])
    setup.resync.judge_watch(stalled=False)
    assert setup.stale() == 0


def test_an_older_event_does_not_excuse_the_watch() -> None:
    setup = Setup()
    old = {"metadata": {**setup.cluster.tasks[KEY]["metadata"], "resourceVersion": "1"}}
    setup.once()
    setup.resync.watch_saw(old)
    setup.resync.judge_watch(stalled=False)
    assert setup.stale() == 1


def test_a_watch_that_is_behind_twice_in_a_row_ends_the_process() -> None:
    setup = Setup()
    setup.once()
    setup.resync.judge_watch(stalled=False)
    setup.cluster.write_status(KEY, {"message": "mine"})
    setup.once()
    with pytest.raises(WatchBrokenError, match="behind on 1 objects, twice in a row"):
        setup.resync.judge_watch(stalled=False)


def test_a_good_round_between_forgives() -> None:
    setup = Setup()
    setup.once()
    setup.resync.judge_watch(stalled=False)
    setup.once()
    setup.resync.judge_watch(stalled=False)
    setup.cluster.write_status(KEY, {"message": "mine"})
    setup.once()
    setup.resync.judge_watch(stalled=False)
    assert setup.stale() == 2


def test_after_a_stall_the_watch_is_not_blamed() -> None:
    setup = Setup()
    setup.once()
    setup.resync.judge_watch(stalled=True)
    setup.cluster.write_status(KEY, {"message": "mine"})
    setup.once()
    setup.resync.judge_watch(stalled=False)
    assert setup.stale() == 2


def test_own_writes_are_not_news() -> None:
    setup = Setup()
    setup.once()
    setup.resync.watch_saw(setup.cluster.tasks[KEY])
    asyncio.run(setup.controller.work(KEY))
    setup.once()
    setup.resync.judge_watch(stalled=False)
    assert setup.stale() == 0
