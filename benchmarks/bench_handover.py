"""`make bench-handover`: how fast a second operator takes over, without tasks and with 5,000.

A leader on the dev cluster gets SIGTERM or SIGKILL and at once a task is applied, and another one
as soon as the next leader has the lease: it is still reading then. Their pods fit on no node.
Moments are those of the API server's audit log. Writes benchmarks/results/operator/handover.json,
from which docs/benchmarks.md is written.
"""

import argparse
import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import kubernetes

from benchmarks import machine
from benchmarks.shared_data import RESULTS
from benchmarks.spread import spread
from devcluster.cluster import OPERATOR_NAMESPACE, Cluster, until
from devcluster.operators import (
    Write,
    leader,
    operator_away,
    operator_run,
    pod_of,
    wait_until_ready,
    writes,
)
from devcluster.start import dev_cluster
from sbert_api import names

_FINISHED = 5000
_REPEATS = {signal.SIGTERM: 10, signal.SIGKILL: 5}
_AT_ONCE = 8
_SPEC = {
    "modelTag": "base",
    "trainDatasetIds": ["faq"],
    "device": "cpu",
    "preflight": False,
    "nodeSelector": {"no-such": "node"},
}
_COMPLETE = {
    "type": "Complete",
    "status": "True",
    "reason": "Published",
    "message": "",
    "lastTransitionTime": "2026-01-01T12:00:00Z",
    "observedGeneration": 1,
}


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--finished", type=int, default=_FINISHED, help="tasks that have ended")
    finished = parser.parse_args().finished
    facts = machine.describe()
    measured: list[dict[str, Any]] = []
    with dev_cluster("bench-handover", audit=True) as cluster:
        cluster.install_operator()
        bench = _Bench(cluster)
        measured += bench.handovers(0)
        bench.fill(finished)
        measured += bench.handovers(finished)
    path = RESULTS / "operator" / "handover.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": facts, "measured": measured}, indent=1)
    path.write_text(text + "\n")
    print(text)


class _Bench:
    """The cluster, and a client that applies tasks without kubectl's start-up time."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._namespace = cluster.namespace("bench").name
        self._place = names.GROUP, names.VERSION, self._namespace, names.PLURAL
        client = kubernetes.config.new_client_from_config(str(cluster.kubeconfig))  # type: ignore[no-untyped-call]
        self._api = kubernetes.client.CustomObjectsApi(client)
        self._applied = 0

    def handovers(self, finished: int) -> Iterator[dict[str, Any]]:
        """Of each signal: the spread of each moment, in seconds after the signal."""
        for number, repeats in _REPEATS.items():
            runs = [self._handover(number) for _ in range(repeats)]
            seconds = {name: spread([run[name] for run in runs]).as_json() for name in runs[0]}
            yield {"signal": number.name, "finished": finished, "runs": repeats, **seconds}

    def fill(self, count: int) -> None:
        """Make so many tasks that have ended. Raises RuntimeError if the operator trains them."""
        with operator_away(self._cluster), ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._add_finished, range(count)))
        jobs = self._cluster.objects("jobs", self._namespace)
        if len(jobs) != self._applied:
            raise RuntimeError(f"expected {self._applied} Jobs, found {len(jobs)}")

    def _handover(self, number: signal.Signals) -> dict[str, float]:
        """Seconds after the signal; `late_job`: after the second task was applied."""
        cluster = self._cluster
        wait_until_ready(cluster)
        old = leader(cluster)
        run = operator_run(cluster, pod_of(old))
        began = datetime.now(UTC)
        run.signal(number)
        self._apply()
        new = pod_of(leader(cluster, but=old))
        late = datetime.now(UTC)
        late_task = self._apply()
        late_job = until(lambda: _job_of(cluster, late_task, late), f"the Job of {late_task}", 60)
        until(lambda: run.exit_code is not None, f"{old} has ended", 60)
        found = [write for write in writes(cluster, began) if write.pod == new]
        lease = next(write.ended for write in found if write.resource == "leases")
        first_write = next(write.began for write in found if write.resource != "leases")
        ended = datetime.fromtimestamp(run.finished_at, UTC)
        cluster.kubectl("delete", "pod", pod_of(old), "-n", OPERATOR_NAMESPACE)
        return {
            "lease": (lease - began).total_seconds(),
            "first_write": (first_write - began).total_seconds(),
            "late_job": (late_job.ended - late).total_seconds(),
            "ended": (ended - began).total_seconds(),
        }

    def _apply(self, name: str = "") -> str:
        """Apply a task, by default one that waits; its name."""
        if not name:
            name = f"waiting-{self._applied}"
            self._applied += 1
        metadata = {"name": name, "namespace": self._namespace}
        task = {"apiVersion": names.API_VERSION, "kind": names.KIND, "metadata": metadata}
        self._api.create_namespaced_custom_object(*self._place, {**task, "spec": _SPEC})
        return name

    def _add_finished(self, number: int) -> None:
        name = f"finished-{number}"
        self._apply(name)
        status = {"phase": "Done", "observedGeneration": 1, "conditions": [_COMPLETE]}
        self._api.patch_namespaced_custom_object_status(
            *self._place, name, {"status": status}, _content_type="application/merge-patch+json"
        )


def _job_of(cluster: Cluster, task: str, since: datetime) -> Write | None:
    """The write that made a task's Job."""
    jobs = (write for write in writes(cluster, since) if write.resource == "jobs")
    return next((write for write in jobs if write.name.startswith(f"{task}-")), None)


if __name__ == "__main__":
    main()
