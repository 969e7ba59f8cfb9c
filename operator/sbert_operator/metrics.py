"""The operator's Prometheus metrics. No label may hold text that a user can write, but a namespace.

A namespace can only be made by who may make namespaces; reasons that the contract does not know
are counted as one.
"""

from collections import Counter as Tally
from collections.abc import Iterable
from typing import get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from sbert_api.reasons import Reason
from sbert_api.v1alpha1.training_status import Phase, Usage

PREFIX = "sbert_operator_"
_FAST = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_SLOW = (0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
PHASES: tuple[str, ...] = get_args(Phase)
UNKNOWN_REASON = "Unknown"
"""Of a task that ended for a reason which only a trainer of another version knows."""


class Metrics:
    """All metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        # A second series for each counter, which nobody asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()

        def gauge(name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
            return Gauge(PREFIX + name, text, labels, registry=registry)

        def counter(name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
            return Counter(PREFIX + name, text, labels, registry=registry)

        def seconds(
            name: str, text: str, buckets: tuple[float, ...], labels: tuple[str, ...] = ()
        ) -> Histogram:
            return Histogram(PREFIX + name, text, labels, buckets=buckets, registry=registry)

        self.leader = gauge("leader", "1 while this operator leads and may write, else 0")
        self._passes = counter("reconcile", "Passes over a task", ("kind", "result"))
        self._pass_seconds = seconds("reconcile_seconds", "Duration of a pass", _FAST, ("kind",))
        self.queue_depth = gauge("queue_depth", "Tasks that wait for a worker")
        self.queue_oldest = gauge("queue_oldest_seconds", "Longest wait for a worker")
        self._requests = counter(
            "api_requests", "Requests to the API server", ("verb", "resource", "code")
        )
        self.apply_to_job = seconds(
            "apply_to_job_seconds", "From a task's creation to its Job's", _SLOW
        )
        self._tasks = gauge("tasks", "Tasks there are", ("kind", "phase"))
        self._finished = counter("tasks_finished", "Tasks that ended", ("namespace", "reason"))
        self._queued_seconds = counter(
            "queued_seconds", "Time for which tasks waited to run", ("namespace",)
        )
        self._training_seconds = counter(
            "training_seconds", "Time for which training pods ran", ("namespace",)
        )
        self._gpu_seconds = counter(
            "gpu_seconds", "Time for which training pods ran, times their GPUs", ("namespace",)
        )
        self._watch_events = counter("watch_events", "Events that watches delivered", ("kind",))
        self.watch_stale = counter("watch_stale", "What a list showed and the watch did not")
        self.resync_seconds = seconds("resync_seconds", "Duration of a resync", _FAST)

    def reconciled(self, kind: str, result: str, seconds: float) -> None:
        """Count one pass; `result`: ok, blocked or error."""
        self._passes.labels(kind, result).inc()
        self._pass_seconds.labels(kind).observe(seconds)

    def api_request(self, verb: str, resource: str, code: int) -> None:
        """Count one request; code 0: no answer."""
        self._requests.labels(verb, resource, str(code)).inc()

    def watch_event(self, kind: str) -> None:
        """Count one event of a watch."""
        self._watch_events.labels(kind).inc()

    def count_tasks(self, kind: str, phases: Iterable[str]) -> None:
        """Set how many tasks of a kind are in each phase."""
        found = Tally(phases)
        for phase in PHASES:
            self._tasks.labels(kind, phase).set(found[phase])

    def expect(self, namespaces: Iterable[str]) -> None:
        """Let all counters of these namespaces be there, at 0: a counter that appears with its
        first count has not grown, by Prometheus' rules."""
        for namespace in namespaces:
            for reason in (*Reason, UNKNOWN_REASON):
                self._finished.labels(namespace, reason)
            for counter in (self._queued_seconds, self._training_seconds, self._gpu_seconds):
                counter.labels(namespace)

    def finished(self, namespace: str, reason: str) -> None:
        """Count one task that ended."""
        known = reason if reason in set(Reason) else UNKNOWN_REASON
        self._finished.labels(namespace, known).inc()

    def used(self, namespace: str, usage: Usage) -> None:
        """Add what a task used since it was counted last."""
        self._queued_seconds.labels(namespace).inc(usage.queued_seconds)
        self._training_seconds.labels(namespace).inc(usage.training_seconds)
        self._gpu_seconds.labels(namespace).inc(usage.gpu_seconds)

    def exposition(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)
