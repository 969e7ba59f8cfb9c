"""Sums up the judgements of the study: scores, and differences to the centre with intervals."""

import json
from pathlib import Path
from typing import Any

from benchmarks.judging import Judgement, Vector, interval
from benchmarks.study_candidates import BASE, CANDIDATES, CENTRE, SEEDS, TRAIN_ROWS


def write_summary(results: Path) -> None:
    """Write `<results>.json` from the judgements below `results`."""
    summary = [
        line
        for part in ("dev", "test")
        for seed in SEEDS
        for name in (BASE, *CANDIDATES)
        if (line := _line(results / part, name, seed)) is not None
    ]
    results.with_suffix(".json").write_text(json.dumps(summary, indent=1) + "\n")


def _line(folder: Path, name: str, seed: int) -> dict[str, Any] | None:
    """One candidate beside the centre; None where either has not been judged on all datasets."""
    # The untrained model has no seed: it is judged once.
    mine = _judgements(folder, name, SEEDS[0] if name == BASE else seed)
    centre = _judgements(folder, CENTRE, seed)
    if mine is None or centre is None:
        return None
    return {
        **{"candidate": name, "part": folder.name, "seed": seed},
        "scores": {
            dataset: {"accuracy": _mean(found.accuracy), "mrr10": _mean(found.mrr10)}
            for dataset, found in mine.items()
        },
        "by_dataset": {
            dataset: interval(found.quality - centre[dataset].quality)
            for dataset, found in mine.items()
        },
        "difference": interval(*(mine[name].quality - centre[name].quality for name in TRAIN_ROWS)),
    }


def _judgements(folder: Path, name: str, seed: int) -> dict[str, Judgement] | None:
    paths = {dataset: folder / dataset / f"{name}-{seed}.json" for dataset in TRAIN_ROWS}
    if not all(path.exists() for path in paths.values()):
        return None
    found = {dataset: json.loads(path.read_text()) for dataset, path in paths.items()}
    return {dataset: Judgement(one["correct"], one["rank"]) for dataset, one in found.items()}


def _mean(vector: Vector) -> float:
    return round(float(vector.mean()), 4)
