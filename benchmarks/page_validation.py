"""The page's table of `sbert-trainer validate`, from what `bench_validation` wrote."""

import json
from pathlib import Path
from typing import Any

from benchmarks.page_trainer import machine_line, row, spread_of
from benchmarks.spread import Spread

_MEBIBYTE = 2**20


def validation_lines(path: Path) -> list[str]:
    """Its lines, or how to get the results."""
    lines = ["## Checking data", ""]
    if not path.exists():
        return [*lines, "Not measured yet: `make bench-validation`.", ""]
    found = json.loads(path.read_text())
    return [*lines, *_table(found["measured"]), "", machine_line(found["machine"]), ""]


def _table(measured: dict[str, Any]) -> list[str]:
    small, large = measured["reading"]["small"], measured["reading"]["large"]
    return [
        "Whole processes of `sbert-trainer validate`, the start of Python included. The smaller",
        "file is a quarter of the larger. Up to its 250,000 rows the split is made, beyond that",
        "only its sizes are calculated, which takes less.",
        "",
        row("what", "measured", "asked for"),
        "|---|---|---|",
        row(f"MB of JSON lines per second of CPU, {large['megabytes']:.0f} MB", _speed(large), 40),
        row(f"the same, {small['megabytes']:.0f} MB", _speed(small), 40),
        row("largest resident set, MiB, larger file", _memory(large), "300 at most"),
        row("the same, smaller file", _memory(small), "300 at most"),
        row("20 rows, s", spread_of(measured["starting"]), "0.5 at most"),
        row("a line of 1 GiB refused, s", spread_of(measured["refusing"]), "2 at most"),
    ]


def _speed(one: dict[str, Any]) -> str:
    return spread_of(one["megabytes_per_cpu_second"])


def _memory(one: dict[str, Any]) -> str:
    return str(Spread(**{name: value / _MEBIBYTE for name, value in one["memory"].items()}))
