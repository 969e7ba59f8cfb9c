"""What the audit log says of tasks and of the operator's requests."""

import json
from pathlib import Path
from typing import Any

from benchmarks.audit_trail import read_trail

OPERATOR = "system:serviceaccount:sbert-operator:sbert-operator"


def entry(verb: str, resource: str, name: str = "", **more: Any) -> dict[str, Any]:
    subresource = more.get("subresource")
    return {
        "verb": verb,
        "user": {"username": more.get("user", OPERATOR)},
        "objectRef": {"resource": resource, "name": name, "subresource": subresource},
        "responseStatus": {"code": more.get("code", 200)},
        "stageTimestamp": more.get("at", "2026-01-02T00:00:10.000000Z"),
    }


def write_log(path: Path, *entries: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in entries))
    return path


def test_reads_of_progress_are_told_from_the_other_requests(tmp_path: Path) -> None:
    first, second = (entry("get", "pods", f"one-{n}", subresource="log") for n in ("a", "b"))
    log = write_log(
        tmp_path / "audit.log",
        entry("create", "jobs", "one-1-train"),
        entry("list", "pods"),
        first,
        first,
        entry("list", "pods"),
        second,
        entry("patch", "trainingtasks", "one", subresource="status"),
    )
    trail = read_trail(log, OPERATOR, "one", since=0)
    assert (trail.requests, trail.requests_of_progress, trail.writes) == (7, 5, 2)


def test_a_log_that_could_not_be_read_costs_the_list_that_named_its_pod(tmp_path: Path) -> None:
    listed, refused = (
        entry("list", "pods"),
        entry("get", "pods", "one-a", subresource="log", code=500),
    )
    log = write_log(tmp_path / "audit.log", listed, refused, listed, refused)
    trail = read_trail(log, OPERATOR, "one", since=0)
    assert (trail.requests, trail.requests_of_progress) == (2, 2)


def test_what_is_not_a_tasks_request_is_not_counted(tmp_path: Path) -> None:
    log = write_log(
        tmp_path / "audit.log",
        entry("update", "leases", "sbert-operator"),
        entry("watch", "pods"),
        entry("patch", "trainingtasks", "one", code=409),
        entry("patch", "trainingtasks", "one", at="2025-12-31T00:00:00.000000Z"),
        entry("patch", "trainingtasks", "one", user="somebody"),
    )
    since = 1767312000.0  # 2026-01-02T00:00:00Z
    trail = read_trail(log, OPERATOR, "one", since)
    assert (trail.requests, trail.writes) == (0, 0)
