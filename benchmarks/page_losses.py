"""The page's tables of the study of losses, from its summary."""

import json
from pathlib import Path
from typing import Any

_ROUNDS = {
    ("dev", 42): "Screening, dev",
    ("dev", 43): "Finals: other training rows, another seed, dev",
    ("test", 43): "Test: the finals' models, looked at once",
}
_DATASETS = ("b_docs", "b2_tldr")


def losses_tables(path: Path) -> list[str]:
    """The lines of each round, best first; nothing if there is no summary."""
    if not path.exists():
        return []
    summary = json.loads(path.read_text())
    lines = [
        "## Losses, scales, margins, schedules",
        "",
        "What follows from them: [ADR 0010](adr/0010-loss-defaults-by-measurement.md).",
        "1,000 rows of b_docs and 3,000 of b2_tldr, one epoch each. The centre is",
        "MultipleNegativesRankingLoss with scale 20, learning rate 2e-5 falling in a line, batch",
        "16; a candidate's name says in what it differs. Quality is the mean of triplet accuracy",
        "and MRR@10, both datasets counting alike; differences to the centre in points (1/100),",
        "with their 95 % interval (paired bootstrap over rows).",
        "",
    ]
    for (part, seed), title in _ROUNDS.items():
        rows = [one for one in summary if (one["part"], one["seed"]) == (part, seed)]
        lines += _table(title, rows) if rows else []
    return lines


def _table(title: str, rows: list[dict[str, Any]]) -> list[str]:
    ranked = sorted(rows, key=lambda one: -one["difference"][0])
    return [
        *(f"### {title}", ""),
        "| | b_docs: accuracy | MRR@10 | b2_tldr: accuracy | MRR@10 | b_docs: difference"
        " | b2_tldr: difference | both |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(one) for one in ranked),
        "",
    ]


def _row(one: dict[str, Any]) -> str:
    scores = [f"{one['scores'][name][key]:.3f}" for name in _DATASETS for key in _SCORES]
    intervals = [_points(one["by_dataset"][name]) for name in _DATASETS]
    cells = [one["candidate"], *scores, *intervals, _points(one["difference"])]
    return f"| {' | '.join(cells)} |"


_SCORES = ("accuracy", "mrr10")


def _points(interval: list[float]) -> str:
    value, low, high = (f"{100 * figure:+.1f}" for figure in interval)
    return f"{value} ({low} to {high})" if any(interval) else "0"
