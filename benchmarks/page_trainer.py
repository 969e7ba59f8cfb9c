"""The page's tables of speed, memory, equality and scores, from what `bench_trainer` wrote."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.spread import Spread

_MEBIBYTE = 2**20


def trainer_tables(folder: Path) -> list[str]:
    """The lines of all parts; a part without results says how to get them."""
    lines: list[str] = []
    for part, (title, write) in _PARTS.items():
        path = folder / f"{part}.json"
        lines += [f"## {title}", ""]
        if path.exists():
            found = json.loads(path.read_text())
            lines += [*write(found["measured"]), "", machine_line(found["machine"]), ""]
        else:
            lines += [f"Not measured yet: `{_command(part)}`.", ""]
    return lines


def _command(part: str) -> str:
    return "make bench-score" if part == "score" else "make bench-trainer"


def machine_line(facts: dict[str, Any]) -> str:
    """What it was measured on, and when."""
    versions = ", ".join(
        f"{name} {facts[name]}" for name in ("torch", "transformers", "sentence-transformers")
    )
    return (
        f"{facts['date']}: {facts['cpu']}, {facts['cores']} cores, {facts['memory_gib']} GiB;"
        f" Python {facts['python']}, {versions}."
    )


def _speed(measured: list[dict[str, Any]]) -> list[str]:
    lines = [
        "Windows of a few optimizer steps in turn: ours, the machine's limit, stock, and so on; a",
        "ratio compares neighbours. The limit: what a step computes without padding, at the",
        "rate that the matrix products of its linear maps reach alone. Memory: each process's",
        "largest resident set after the same batches.",
        "",
        "| batch | ours, triplets/s | stock | limit | ours / stock | ours / limit | memory, MiB"
        " | memory of stock | ratio |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    return lines + [_speed_row(one) for one in measured]


def _speed_row(one: dict[str, Any]) -> str:
    rates = [spread_of(one["triplets_per_second"][side]) for side in ("ours", "stock", "limit")]
    ratios = [spread_of(one[name]) for name in ("speed_ratio", "share_of_limit")]
    memory = [f"{one['peak_memory'][side] / _MEBIBYTE:.0f}" for side in ("ours", "stock")]
    return row(one["batch"], *rates, *ratios, *memory, f"{one['memory_ratio']:.2f}")


def _first_step(measured: dict[str, Any]) -> list[str]:
    return [
        "Seconds from the start of the process to the end of its first optimizer step, with 4,000",
        "rows to read and, on our side, to check.",
        "",
        *_two_sides(measured, "ours / stock"),
    ]


def _evaluation(measured: dict[str, Any]) -> list[str]:
    return [
        f"Seconds for {measured['rows']} rows: stock's TripletEvaluator, and our evaluation, which",
        "also ranks each positive among all texts.",
        "",
        *_two_sides(measured, "stock / ours"),
    ]


def _two_sides(measured: dict[str, Any], ratio: str) -> list[str]:
    figures = [spread_of(measured[name]) for name in ("ours", "stock", "ratio")]
    return [row("ours, s", "stock, s", ratio), "|---|---|---|", row(*figures)]


def _equality(measured: list[dict[str, Any]]) -> list[str]:
    return [
        "With dropout off and the same batches of 16.",
        "",
        "| loss | steps | largest difference of a step's loss |",
        "|---|---|---|",
        *(
            row(one["loss"], len(one["ours"]), f"{one['largest_difference']:.1e}")
            for one in measured
        ),
    ]


def _score(measured: dict[str, Any]) -> list[str]:
    return [
        f"One pass over {measured['train_rows']:,} triplets of b_docs with dropout on,"
        f" {measured['loss']}, batch {measured['batch']}; judged on",
        f"{measured['judged_rows']} rows of dev. Differences are ours minus stock, with their 95 %"
        " interval (paired bootstrap).",
        "",
        "| | triplet accuracy | MRR@10 |",
        "|---|---|---|",
        *(
            row(name, f"{one['accuracy']:.4f}", f"{one['mrr10']:.4f}")
            for name, one in measured["scores"].items()
        ),
        row("difference", *(_interval(one) for one in measured["difference"].values())),
    ]


_PARTS: dict[str, tuple[str, Callable[[Any], list[str]]]] = {
    "speed": ("Speed and memory of training", _speed),
    "first_step": ("Time to the first step", _first_step),
    "evaluation": ("Time of an evaluation", _evaluation),
    "equality": ("Equal losses", _equality),
    "score": ("Equal scores", _score),
}


def row(*cells: object) -> str:
    """A row of a table."""
    return f"| {' | '.join(map(str, cells))} |"


def spread_of(figures: dict[str, float]) -> str:
    """A `Spread` that was read from results."""
    return str(Spread(**figures))


def _interval(figures: list[float]) -> str:
    value, low, high = (f"{figure:+.4f}" for figure in figures)
    return f"{value} ({low} to {high})"


def demo_lines(path: Path) -> list[str]:
    """Seconds of the demo's training, or how to measure them."""
    lines = ["## The demo's training", ""]
    if not path.exists():
        return [*lines, "Not measured yet: `make bench-demo`.", ""]
    found = json.loads(path.read_text())
    return [
        *lines,
        "Seconds of `sbert-trainer` for `examples/quickstart.yaml`, from its start to the",
        "published model: with texts packed, and with the library's forward pass. Its texts are",
        "short.",
        "",
        *_two_sides(found["measured"], "stock / ours"),
        "",
        machine_line(found["machine"]),
        "",
    ]
