"""A cluster in memory, an operator that watches it, and the steps that tests take."""

import asyncio
from collections.abc import Callable
from typing import Any

from sbert_operator.controller import Controller
from sbert_operator.errors import OperatorError
from sbert_operator.handling import TRAINING
from sbert_operator.metrics import Metrics
from sbert_operator.observed import Key, Task
from tests.unit.operator.builders import KEY, NOW, SETTINGS
from tests.unit.operator.fake_cluster import FakeCluster


class World:
    """A cluster and an operator that watches it."""

    def __init__(self) -> None:
        self.cluster = FakeCluster()
        self.now = NOW
        self.metrics = Metrics()
        self.operator = self.new_operator()

    def new_operator(self) -> Controller[Task]:
        """An operator that knows nothing yet."""
        return Controller(self.cluster, TRAINING, SETTINGS, self.metrics, now=lambda: self.now)

    def deliver(self, most: int = 1000) -> None:
        """Let the watches deliver what happened."""
        operator = self.operator
        handlers: dict[tuple[str, bool], Callable[[dict[str, Any]], object]] = {
            ("task", False): operator.task_changed,
            ("task", True): operator.task_deleted,
            ("job", False): operator.job_changed,
            ("job", True): operator.job_deleted,
        }
        for _ in range(min(most, len(self.cluster.news))):
            kind, change, manifest = self.cluster.news.pop(0)
            handlers[kind, change == "DELETED"](manifest)

    def work(self, key: Key = KEY) -> OperatorError | None:
        """One pass; what it raised."""
        try:
            asyncio.run(self.operator.work(key))
        except OperatorError as error:
            return error
        return None

    def settle(self, key: Key = KEY) -> OperatorError | None:
        """Deliver and work until nothing changes any more; the last error."""
        error: OperatorError | None = None
        for _ in range(12):
            before = len(self.cluster.calls), len(self.cluster.news)
            self.deliver()
            error = self.work(key)
            if error is None and before == (len(self.cluster.calls), len(self.cluster.news)):
                break
        return error

    def restart(self) -> None:
        """The operator dies and starts again: it lists everything."""
        self.cluster.news.clear()
        self.operator = self.new_operator()
        for task in self.cluster.tasks.values():
            self.operator.task_changed(task)
        for job in self.cluster.jobs.values():
            self.operator.job_changed(job)

    def counted(self, name: str, **labels: str) -> float | None:
        """A counter of the operator, for the namespace of the task."""
        labels = {"namespace": KEY.namespace, **labels}
        return self.metrics.registry.get_sample_value(f"sbert_operator_{name}_total", labels)

    @property
    def status(self) -> dict[str, Any]:
        """The stored status of the task."""
        found: dict[str, Any] = self.cluster.tasks[KEY].get("status") or {}
        return found

    @property
    def job(self) -> dict[str, Any]:
        """The task's youngest Job."""
        uid = self.cluster.tasks[KEY]["metadata"]["uid"]
        return self.cluster.jobs_owned_by(uid)[-1]
