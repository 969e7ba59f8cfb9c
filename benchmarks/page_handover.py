"""The page's table of handovers, from what `bench_handover` wrote."""

import json
from pathlib import Path
from typing import Any

from benchmarks.page_trainer import machine_line, row, spread_of

_ASKED = {"SIGTERM": 3, "SIGKILL": 18}
"""Seconds until the next leader's first write, at most."""


def handover_lines(path: Path) -> list[str]:
    """Its lines, or how to get the results."""
    lines = ["## Handover", ""]
    if not path.exists():
        return [*lines, "Not measured yet: `make bench-handover`.", ""]
    found = json.loads(path.read_text())
    return [*lines, *_table(found["measured"]), "", machine_line(found["machine"]), ""]


def _table(measured: list[dict[str, Any]]) -> list[str]:
    return [
        "Two operators on the dev cluster: seconds from a signal to the leader until the other one",
        "has the lease and writes for the first time (a task is applied right after the signal),",
        "and until the old one has ended. The late Job is that of a task applied when the next",
        "leader had just got the lease: seconds from that.",
        "",
        "| signal | tasks that have ended | runs | lease | first write | asked for | late Job"
        " | old one ended |",
        "|---|---|---|---|---|---|---|---|",
        *map(_row, measured),
    ]


def _row(one: dict[str, Any]) -> str:
    moments = ("lease", "first_write", "late_job", "ended")
    lease, write, job, ended = (spread_of(one[name]) for name in moments)
    asked = f"{_ASKED[one['signal']]} at most"
    return row(one["signal"], one["finished"], one["runs"], lease, write, asked, job, ended)
