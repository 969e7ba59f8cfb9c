"""`make bench-rows`: how far intervals can be believed, and how many rows it takes to show a gain.

By simulation, with the trainer's own scores: it needs no model and no data, and no quiet machine.
It writes benchmarks/results/rows.json, from which the tables of docs/evaluation.md are written.
"""

import json
from math import ceil, sqrt
from typing import Any, get_args

import numpy as np
from scipy.stats import norm  # type: ignore[import-untyped]

from benchmarks.shared_data import RESULTS
from benchmarks.simulated import two_models
from sbert_api.v1alpha1.gate import GateMetric
from sbert_trainer.intervals import Comparison
from sbert_trainer.metrics import DrawnRows, Vector, by_name
from sbert_trainer.rank_correlation import Draws
from sbert_trainer.resampling import CONFIDENCE, interval

_SETS = 1000
_RESAMPLES = 2000
"""Of each set; the trainer's 10,000 would take five times as long and move a share by less than a
hundredth."""
_SEED = 20
_ROWS = (10, 20, 30, 50, 100, 200, 500)
_TRUTH_ROWS = 1_000_000
_GAINS = (0.01, 0.02, 0.03, 0.05, 0.1)
_CHANGED = (0.05, 0.1, 0.2, 0.3)
_POWER = 0.8
_STEP = 10
"""Rows needed are given in tens."""


def main() -> None:
    """Simulate, and write the results."""
    rng = np.random.default_rng(_SEED)
    found = {"coverage": _coverage(rng), "rows": _rows(rng), "sets": _SETS}
    (RESULTS / "rows.json").write_text(json.dumps(found, indent=1) + "\n")


def _coverage(rng: np.random.Generator) -> list[dict[str, Any]]:
    """By rows and score: the share of sets whose interval holds the true gain."""
    everybody = np.ones((1, _TRUTH_ROWS), dtype=np.int64)
    truth = _gains(two_models(rng, _TRUTH_ROWS), everybody)
    found = []
    for rows in _ROWS:
        draws = rng.multinomial(rows, np.full(rows, 1 / rows), size=_RESAMPLES)
        held = dict.fromkeys(truth, 0)
        for _ in range(_SETS):
            gains = _gains(two_models(rng, rows), draws)
            for name, resamples in gains.items():
                one = interval(np.hstack([truth[name], resamples]))
                held[name] += one.low <= one.value <= one.high
        found.append({"rows": rows, **{name: count / _SETS for name, count in held.items()}})
        print(found[-1], flush=True)
    return found


def _gains(models: Comparison, draws: Draws) -> dict[str, Vector]:
    base, trained = (by_name(DrawnRows(side).numbers(draws)) for side in models)
    return {name: trained[name] - base[name] for name in get_args(GateMetric)}


def _rows(rng: np.random.Generator) -> list[dict[str, Any]]:
    """By gain in tripletAccuracy and share of rows that changed sides: how many rows show it."""
    found = []
    for gain in _GAINS:
        for changed in _CHANGED:
            if changed < gain:
                continue
            rows = rows_to_show(gain, changed)
            power = _power(rng, rows, gain, changed)
            found.append({"gain": gain, "changed": changed, "rows": rows, "power": power})
            print(found[-1], flush=True)
    return found


def rows_to_show(gain: float, changed: float) -> int:
    """Rows that show a gain in four of five sets, for pairs of right and wrong.

    Connor, "Sample Size for Testing Differences in Proportions for the Paired-Sample Design", 1987,
    for the sample size of McNemar's test.
    """
    sure, power = norm.ppf((1 + CONFIDENCE) / 2), norm.ppf(_POWER)
    root = (sure * sqrt(changed) + power * sqrt(changed - gain**2)) / gain
    return int(ceil(root**2 / _STEP) * _STEP)


def _power(rng: np.random.Generator, rows: int, gain: float, changed: float) -> float:
    """The share of sets of so many rows whose interval lies above 0.

    Each row was won, lost, or stayed. A resample of such rows is a draw of how many were won and
    lost.
    """
    shares = [(changed + gain) / 2, (changed - gain) / 2]
    shown = 0
    for won, lost, stayed in rng.multinomial(rows, [*shares, 1 - changed], size=_SETS):
        drawn = rng.multinomial(rows, np.array([won, lost, stayed]) / rows, size=_RESAMPLES)
        gains = (drawn[:, 0] - drawn[:, 1]) / rows
        shown += interval(np.hstack([(won - lost) / rows, gains])).low > 0
    return shown / _SETS


if __name__ == "__main__":
    main()
