"""The page's tables of the operator: load against budgets, and what faults found."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.page_trainer import machine_line, row
from benchmarks.spread import short

Json = dict[str, Any]


class Budget(NamedTuple):
    """What is asked for, and where the figure stands in the results."""

    what: str
    asked: str
    scenario: str
    figure: Callable[[Json], float]
    unit: str
    met: Callable[[float], bool]
    why: str = ""
    """Why it is missed, where it is."""


def at_most(limit: float) -> Callable[[float], bool]:
    """Whether a figure keeps within a limit."""
    return lambda figure: figure <= limit


def at_least(limit: float) -> Callable[[float], bool]:
    """Whether a figure reaches a limit."""
    return lambda figure: figure >= limit


def part(*path: str) -> Callable[[Json], float]:
    """The figure at a path."""

    def find(found: Json) -> float:
        figure: Any = found
        for name in path:
            figure = figure[name]
        return float(figure)

    return find


def milliseconds(*path: str) -> Callable[[Json], float]:
    """The same, of seconds."""
    return lambda found: 1000 * part(*path)(found)


def percent(name: str) -> Callable[[Json], float]:
    """The same, of a share."""
    return lambda found: 100 * part(name)(found)


_SHARED = "two cores serve operator, API server, etcd, kwok and the client that applies"
_LEASE = "the one operator there was ended, and its Lease of 15 s had to run out"

BUDGETS = (
    Budget(
        "1,000 tasks at once: Jobs created a second",
        "80 at least",
        "burst",
        part("jobs_a_second"),
        "",
        at_least(80),
        _SHARED,
    ),
    Budget("duplicates in it", "0", "burst", part("duplicates"), "", at_most(0)),
    Budget(
        "Job's end to status, p95, in it",
        "500 ms",
        "burst",
        milliseconds("end_to_status", "p95"),
        "ms",
        at_most(500),
        _SHARED,
    ),
    Budget(
        "requests a task, without progress and preflight",
        "8",
        "burst",
        part("requests_a_task"),
        "",
        at_most(8),
    ),
    Budget("of them writes", "7", "burst", part("writes_a_task"), "", at_most(7)),
    Budget(
        "CPU a task",
        "20 ms",
        "burst",
        milliseconds("cpu_a_task"),
        "ms",
        at_most(20),
        "requests and Kopf's handling of each event",
    ),
    Budget(
        "one task a second: apply to Job, p95",
        "50 ms",
        "steady",
        milliseconds("apply_to_job", "p95"),
        "ms",
        at_most(50),
    ),
    Budget(
        "Job's end to status, p95",
        "100 ms",
        "steady",
        milliseconds("end_to_status", "p95"),
        "ms",
        at_most(100),
    ),
    Budget(
        "200 tasks at once, whose Jobs end within 10 s: Job's end to status, p95",
        "1,000 ms",
        "together",
        milliseconds("end_to_status", "p95"),
        "ms",
        at_most(1000),
    ),
    Budget(
        "5,000 tasks that have ended: start to ready",
        "5 s",
        "restart",
        part("start_to_ready"),
        "s",
        at_most(5),
    ),
    Budget("writes at that start", "0", "restart", part("writes"), "", at_most(0)),
    Budget("resident memory then", "150 MiB", "restart", part("resident_mib"), "MiB", at_most(150)),
    Budget("SIGTERM to exit", "5 s", "restart", part("sigterm_to_exit"), "s", at_most(5)),
    Budget(
        "1,000 running, nothing new: CPU of a core",
        "1 %",
        "idle",
        percent("cpu_of_a_core"),
        "%",
        at_most(1),
        "logs are read for progress, eight a second",
    ),
    Budget("writes meanwhile", "0", "idle", part("writes"), "", at_most(0)),
    Budget(
        "API server killed: converged after",
        "5 s",
        "api_server_killed",
        part("converged_after"),
        "s",
        at_most(5),
    ),
    Budget(
        "API server away for 60 s: converged after",
        "10 s",
        "api_server_away",
        part("converged_after"),
        "s",
        at_most(10),
        _LEASE,
    ),
    Budget(
        "operator killed five times: converged after",
        "5 s",
        "operator_killed",
        part("converged_after"),
        "s",
        at_most(5),
        _LEASE,
    ),
)


def load_lines(path: Path) -> list[str]:
    """The table of budgets, or how to get the results."""
    lines = ["## The operator under load", ""]
    if not path.exists():
        return [*lines, "Not measured yet: `make bench-operator`.", ""]
    found = json.loads(path.read_text())
    measured = found["measured"]
    return [
        *lines,
        "Each was measured once, on 20 nodes that kwok plays, with all else on the same machine.",
        "Latencies are between two answers of the API server, from its audit log. A Job is created",
        "by the operator after the run is recorded.",
        "",
        "| | asked for | measured | |",
        "|---|---|---|---|",
        *(budget_row(one, measured[one.scenario]) for one in BUDGETS if one.scenario in measured),
        "",
        *floor_lines(measured),
        machine_line(found["machine"]),
        "",
    ]


def budget_row(budget: Budget, found: Json) -> str:
    """A row of the table."""
    figure = budget.figure(found)
    shown = f"{short(figure)} {budget.unit}".strip()
    missed = f"**missed**: {budget.why}" if budget.why else "**missed**"
    return row(budget.what, budget.asked, shown, "met" if budget.met(figure) else missed)


def floor_lines(measured: Json) -> list[str]:
    """What the same Jobs take without an operator."""
    if not {"burst", "floor"} <= measured.keys():
        return []
    bare, ours = measured["floor"], measured["burst"]
    return [
        f"The floor: 1,000 bare Jobs with the same pods were created at"
        f" {short(bare['jobs_a_second'])} a second, and the last one had ended"
        f" {short(bare['ended_after'])} s after the first request; of the 1,000 tasks"
        f" {short(ours['ended_after'])} s after the first. Progress took"
        f" {short(ours['requests_of_progress_a_task'])} requests a task beside those above.",
        "",
    ]


def _played_again(stories: Json) -> list[str]:
    if not stories:
        return []
    return [f"Of {len(stories)} stories this is what a second time found: {', '.join(stories)}."]


def faults_lines(path: Path) -> list[str]:
    """What a sweep of `make test-faults` was, or how to get one."""
    lines = ["## Faults", ""]
    if not path.exists():
        return [*lines, "Not played yet: `make test-faults`.", ""]
    found = json.loads(path.read_text())
    by = ", ".join(f"{count} {what}" for what, count in found["casesByFault"].items())
    return [
        *lines,
        f"`make test-faults` of {found['date']}: {len(found['stories'])} stories of a task, each"
        " with every fault at every write to the API server and with every bad watch:"
        f" {found['cases']} cases in {short(found['seconds'] / 60)} minutes ({by}).",
        *_played_again(found.get("playedAgain", {})),
        f"Cases whose end was not the right one: {len(found['findings'])}.",
        *(f"* {case}: {'; '.join(wrong)}" for case, wrong in found["findings"].items()),
        "",
    ]
