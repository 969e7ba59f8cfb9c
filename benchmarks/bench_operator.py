"""`make bench-operator`: the operator under load on simulated nodes, against the design's budgets.

Every latency is between two answers of the API server, from its audit log. Beside the burst of
tasks stands the same number of bare Jobs with the same pods, as the floor. Writes
benchmarks/results/operator/load.json, from which docs/benchmarks.md is written.
"""

import argparse
import json
import signal
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks import machine
from benchmarks.audit_trail import Moments, Trail, latencies, read_trail
from benchmarks.operator_bed import Bed, answers, operator_bed
from benchmarks.shared_data import RESULTS
from devcluster.cluster import until
from devcluster.operators import USER
from devcluster.processes import kill_marked
from sbert_operator.progress import A_SECOND

_BURST, _STEADY, _TOGETHER, _FINISHED, _RUNNING = 1000, 60, 200, 5000, 1000
_POD_SECONDS = 20
_PATIENCE = 900.0
_COMPLETE = {
    "type": "Complete",
    "status": "True",
    "reason": "Published",
    "message": "",
    "lastTransitionTime": "2026-01-01T12:00:00Z",
    "observedGeneration": 1,
}
Result = dict[str, Any]


def burst(bed: Bed) -> Result:
    """1,000 tasks at once."""
    began, cpu = time.time(), bed.cpu_seconds()
    bed.apply_many("burst", _BURST, _POD_SECONDS)
    trail = ended(bed, "burst", _BURST, began)
    return {
        "jobs_a_second": rate(trail.applied, trail.job_made),
        "duplicates": duplicates(trail),
        "end_to_status": percentiles(latencies(trail.job_ended, trail.end_said)),
        "apply_to_job": percentiles(latencies(trail.applied, trail.job_made)),
        "requests_a_task": (trail.requests - trail.requests_of_progress) / _BURST,
        "requests_of_progress_a_task": trail.requests_of_progress / _BURST,
        "writes_a_task": trail.writes / _BURST,
        "cpu_a_task": (bed.cpu_seconds() - cpu) / _BURST,
        "resident_mib": bed.resident_mib(),
        "ended_after": max(trail.job_ended.values()) - min(trail.applied.values()),
    }


def floor(bed: Bed) -> Result:
    """1,000 bare Jobs at once."""
    began = time.time()
    bed.bare_jobs("floor", _BURST, _POD_SECONDS)
    trail = until(lambda: enough(bed, "floor", began, "job_ended", _BURST), "all ended", _PATIENCE)
    made = trail.job_made.values()
    return {
        "jobs_a_second": _BURST / (max(made) - began),
        "ended_after": max(trail.job_ended.values()) - began,
    }


def steady(bed: Bed) -> Result:
    """One task a second for a minute."""
    began = time.time()
    for number in range(_STEADY):
        bed.apply(f"steady-{number}", 3)
        time.sleep(max(0.0, began + number + 1 - time.time()))
    trail = ended(bed, "steady", _STEADY, began)
    return {
        "apply_to_job": percentiles(latencies(trail.applied, trail.job_made)),
        "end_to_status": percentiles(latencies(trail.job_ended, trail.end_said)),
        "duplicates": duplicates(trail),
    }


def together(bed: Bed) -> Result:
    """200 Jobs that end within five seconds."""
    began = time.time()
    bed.apply_many("together", _TOGETHER, 10)
    trail = ended(bed, "together", _TOGETHER, began)
    ends = trail.job_ended.values()
    return {
        "ended_within": max(ends) - min(ends),
        "end_to_status": percentiles(latencies(trail.job_ended, trail.end_said)),
    }


def idle(bed: Bed) -> Result:
    """1,000 running trainings, of which nothing new is heard, over two rounds of their logs."""
    bed.apply_many("idle", _RUNNING, 900)
    until(lambda: bed.count("Running") == _RUNNING, "all run", _PATIENCE)
    time.sleep(20)  # what was begun before is over
    began, cpu = time.time(), bed.cpu_seconds()
    time.sleep(2 * _RUNNING / A_SECOND)
    trail = read_trail(bed.cluster.plane.audit_log, USER, "idle", began)
    return {
        "cpu_of_a_core": (bed.cpu_seconds() - cpu) / (time.time() - began),
        "writes": trail.writes,
        "requests_a_second": trail.requests / (time.time() - began),
        "resident_mib": bed.resident_mib(),
    }


def restart(bed: Bed) -> Result:
    """A start with 5,000 tasks that have ended."""
    ended_in = bed.end_operator()
    status = {"phase": "Done", "observedGeneration": 1, "conditions": [_COMPLETE]}
    bed.at_once(lambda number: bed.add_finished(f"finished-{number}", status), _FINISHED)
    began = time.time()
    ready = bed.start_operator()
    time.sleep(15)
    trail = read_trail(bed.cluster.plane.audit_log, USER, "finished", began)
    return {
        "sigterm_to_exit": ended_in,
        "start_to_ready": ready,
        "writes": trail.writes,
        "resident_mib": bed.resident_mib(),
    }


def under(fault: Callable[[Bed], None]) -> Callable[[Bed], Result]:
    """4 tasks a second for 30 s, with a fault after 10 s; until all is as it should be."""

    def scenario(bed: Bed) -> Result:
        name = fault.__name__.replace("_", "-")
        began, over = time.time(), 0.0
        for number in range(120):
            if number == 40:
                fault(bed)
                over = time.time()
            until(partial(applied, bed, f"{name}-{number}"), "a task is applied", 60)
            time.sleep(max(0.0, began + number / 4 - time.time()))
        until(partial(all_done, bed, 120), f"120 tasks {name} are done", _PATIENCE)
        trail = read_trail(bed.cluster.plane.audit_log, USER, name, began)
        waited = [moment - max(trail.applied[t], over) for t, moment in trail.job_made.items()]
        return {"converged_after": max(waited), "duplicates": duplicates(trail)}

    return scenario


def api_server_killed(bed: Bed) -> None:
    """SIGKILL; a supervisor starts it again."""
    bed.cluster.signal_component("kube-apiserver")
    until(lambda: bed.cluster.try_kubectl("get", "--raw", "/readyz").returncode == 0, "ready", 60)


def api_server_away(bed: Bed) -> None:
    """Gone for a minute: the supervisor looks after what has a pid file."""
    file = bed.cluster.plane.home / "pids" / "kube-apiserver.pid"
    hidden = file.rename(file.with_suffix(".hidden"))
    kill_marked(int(hidden.read_text()), bed.cluster.folder, signal.SIGKILL)
    time.sleep(60)
    hidden.rename(file)
    until(lambda: bed.cluster.try_kubectl("get", "--raw", "/readyz").returncode == 0, "ready", 60)


def operator_killed_five_times(bed: Bed) -> None:
    """SIGKILL, five times in a row."""
    for _ in range(5):
        bed.end_operator(signal.SIGKILL)
        bed.start_operator()


def applied(bed: Bed, name: str) -> bool:
    """Apply a task if the API server takes it; a process that has ended is started again."""
    bed.keep_operator()
    try:
        bed.apply(name, 3)
    except Exception as error:
        return getattr(error, "status", 0) == 409
    return True


def all_done(bed: Bed, count: int) -> bool:
    """Whether so many tasks are; the trail may not hold the last answer to a killed operator."""
    bed.keep_operator()
    return bed.count("Done") == count


def ended(bed: Bed, prefix: str, count: int, since: float) -> Trail:
    """The trail once the end of all tasks was said."""

    def all_said() -> Trail | None:
        bed.keep_operator()
        return enough(bed, prefix, since, "end_said", count)

    return until(all_said, f"{count} tasks {prefix} have ended", _PATIENCE)


def enough(bed: Bed, prefix: str, since: float, moments: str, count: int) -> Trail | None:
    """The trail, if it has so many of these moments. Not looked at too often: it takes a while."""
    time.sleep(3)
    trail = read_trail(bed.cluster.plane.audit_log, USER, prefix, since)
    found: Moments = getattr(trail, moments)
    return trail if len(found) >= count else None


def duplicates(trail: Trail) -> int:
    """Jobs and terminal statuses beyond one a task."""
    return sum(count - 1 for counted in (trail.jobs, trail.ends) for count in counted.values())


def rate(applied_at: Moments, made: Moments) -> float:
    """Jobs a second from the first task to the last Job."""
    return len(made) / (max(made.values()) - min(applied_at.values()))


def percentiles(figures: list[float]) -> dict[str, float]:
    """p50, p95 and the largest, by rank; seconds."""
    last = len(figures) - 1
    return {"p50": figures[last // 2], "p95": figures[round(last * 0.95)], "max": figures[last]}


SCENARIOS: dict[str, Callable[[Bed], Result]] = {
    "steady": steady,
    "burst": burst,
    "floor": floor,
    "together": together,
    "idle": idle,
    "restart": restart,
    "api_server_killed": under(api_server_killed),
    "operator_killed": under(operator_killed_five_times),
    "api_server_away": under(api_server_away),
}


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="default: all")
    chosen = parser.parse_args().scenario or list(SCENARIOS)
    path = RESULTS / "operator" / "load.json"
    found = json.loads(path.read_text()) if path.exists() else {"measured": {}}
    found["machine"] = machine.describe()
    with operator_bed() as bed:
        bed.start_operator()
        until(lambda: answers("livez"), "the operator lives")
        for name in chosen:
            found["measured"][name] = SCENARIOS[name](bed)
            print(name, json.dumps(found["measured"][name], indent=1), flush=True)
            bed.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
