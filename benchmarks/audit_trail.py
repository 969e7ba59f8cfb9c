"""What the API server's audit log says of tasks: when each was applied, had its Job, and ended.

A moment is that of the API server's answer, so no clock of ours is in a latency.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from devcluster.operators import WRITES

Json = dict[str, Any]
Moments = dict[str, float]
"""Task -> seconds since the epoch."""


@dataclass
class Trail:
    """Of the tasks whose names begin alike."""

    applied: Moments = field(default_factory=dict)
    job_made: Moments = field(default_factory=dict)
    job_ended: Moments = field(default_factory=dict)
    running_said: Moments = field(default_factory=dict)
    end_said: Moments = field(default_factory=dict)
    jobs: Counter[str] = field(default_factory=Counter)
    """Jobs made for each task."""
    ends: Counter[str] = field(default_factory=Counter)
    """Writes of a terminal status for each task."""
    requests: int = 0
    """The operator's requests, without those of its Lease and its watches."""
    log_reads: dict[str, list[bool]] = field(default_factory=dict)
    """For each pod, its log's reads in their order: whether they were answered."""
    writes: int = 0
    """Those of them that write."""

    @property
    def requests_of_progress(self) -> int:
        """Reads of logs, and the lists that named the pods: one a pod, and one more when a read is
        tried again."""
        answered = sum(sum(reads) for reads in self.log_reads.values())
        return answered + sum(1 + reads[:-1].count(False) for reads in self.log_reads.values())


def read_trail(log: Path, operator: str, prefix: str, since: float) -> Trail:
    """The trail of the tasks `<prefix>-…` from a moment on. `operator`: its user."""
    trail = Trail()
    for entry in entries_of(log):
        if moment(entry) < since:
            continue
        answered = entry["responseStatus"].get("code", 0) < 400
        if entry["user"].get("username") == operator:
            count(trail, entry, answered)
        if answered and name_of(entry).startswith(prefix + "-"):
            note(trail, entry, operator)
    return trail


def entries_of(log: Path) -> Iterator[Json]:
    """The log's entries about objects; a line that is still being written is left out."""
    with log.open() as lines:
        for line in lines:
            if line.endswith("\n"):
                entry = json.loads(line)
                if "objectRef" in entry and "responseStatus" in entry:
                    yield entry


def moment(entry: Json) -> float:
    """When the API server had answered."""
    return datetime.fromisoformat(entry["stageTimestamp"]).timestamp()


def name_of(entry: Json) -> str:
    """The object's name."""
    return str(entry["objectRef"].get("name", ""))


def count(trail: Trail, entry: Json, answered: bool) -> None:
    """Count a request of the operator; not answered, it counts as a try to read a log at most."""
    if entry["objectRef"].get("subresource") == "log":
        trail.log_reads.setdefault(name_of(entry), []).append(answered)
    if answered and entry["objectRef"]["resource"] != "leases":
        trail.requests += entry["verb"] != "watch"
        trail.writes += entry["verb"] in WRITES


def note(trail: Trail, entry: Json, operator: str) -> None:
    """Note what a request says of a task."""
    reference, when, name = entry["objectRef"], moment(entry), name_of(entry)
    by_operator = entry["user"].get("username") == operator
    match entry["verb"], reference["resource"], reference.get("subresource"):
        case "create", "trainingtasks", None:
            trail.applied[name] = when
        case "create", "jobs", None:
            task = task_of_job(name)
            trail.job_made.setdefault(task, when)
            trail.jobs[task] += 1
        case (("update" | "patch"), "jobs", "status"):
            if job_has_ended(entry.get("requestObject") or {}):
                trail.job_ended.setdefault(task_of_job(name), when)
        case "patch", "trainingtasks", "status" if by_operator:
            phase = ((entry.get("requestObject") or {}).get("status") or {}).get("phase")
            if phase in ("Done", "Failed"):
                trail.end_said.setdefault(name, when)
                trail.ends[name] += 1
            elif phase == "Running":
                trail.running_said.setdefault(name, when)


def task_of_job(job: str) -> str:
    """The task of a Job `<task>-<key>-<step>`."""
    return job.rsplit("-", 2)[0]


def job_has_ended(job: Json) -> bool:
    """Whether a written Job has its terminal condition."""
    conditions = (job.get("status") or {}).get("conditions") or []
    return any(c["type"] in ("Complete", "Failed") and c["status"] == "True" for c in conditions)


def latencies(causes: Moments, effects: Moments) -> list[float]:
    """Seconds from cause to effect, of each task that has both."""
    return sorted(effects[name] - causes[name] for name in causes if name in effects)
