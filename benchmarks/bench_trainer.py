"""`make bench-trainer`: our trainer against the library's own, alternating, on this machine.

Every figure is printed with its spread. Each part writes benchmarks/results/trainer/<part>.json,
from which docs/benchmarks.md is written. The machine should do nothing else meanwhile.
"""

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import machine, shared_data
from benchmarks.part_equality import measure_equality
from benchmarks.part_evaluation import measure_evaluation
from benchmarks.part_first_step import measure_first_step
from benchmarks.part_score import measure_score
from benchmarks.part_speed import measure_speed
from benchmarks.shared_data import Row
from benchmarks.side import Setup
from benchmarks.testbed import Testbed

Measured = dict[str, Any] | list[dict[str, Any]]

RESULTS = shared_data.RESULTS / "trainer"
_SEED = 7
"""Draws the rows."""
_EQUAL_LOSSES = ("MultipleNegativesRankingLoss", "TripletLoss")


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    rows: int = 4000
    """Training rows: what is read and checked before the first step."""
    windows: tuple[tuple[int, int], ...] = ((16, 4), (32, 2))
    """Batch size and optimizer steps of a window."""
    repeats: int = 6
    first_steps: int = 4
    evaluated: int = 484
    """Validation rows of an evaluation; the score is judged on all there are."""
    evaluations: int = 3
    equal_steps: int = 20


_QUICK = Extent(
    rows=64,
    windows=((16, 1),),
    repeats=1,
    first_steps=1,
    evaluated=40,
    evaluations=1,
    equal_steps=2,
)


@dataclass(frozen=True)
class Bench:
    """What the parts measure with."""

    extent: Extent
    rows: list[Row]
    judged: list[Row]
    setup: Setup
    without_dropout: Setup

    def equality(self) -> Measured:
        """Losses of both sides, step by step."""
        return [
            measure_equality(replace(self.without_dropout, loss=loss), self.extent.equal_steps)
            for loss in _EQUAL_LOSSES
        ]

    def first_step(self) -> Measured:
        """Time to the first step."""
        return measure_first_step(self.setup, self.extent.first_steps)

    def evaluation(self) -> Measured:
        """Time of an evaluation."""
        rows = self.judged[: self.extent.evaluated]
        return measure_evaluation(self.setup.testbed.base, rows, self.extent.evaluations)

    def speed(self) -> Measured:
        """Triplets a second and peak memory, beside the machine's limit."""
        return [
            measure_speed(replace(self.setup, batch=batch), self.rows, steps, self.extent.repeats)
            for batch, steps in self.extent.windows
        ]

    def score(self) -> Measured:
        """Scores after one pass over all rows."""
        return measure_score(self.setup, len(self.rows), self.judged)


_PARTS: dict[str, Callable[[Bench], Measured]] = {
    "first_step": Bench.first_step,
    "speed": Bench.speed,
    "evaluation": Bench.evaluation,
    "equality": Bench.equality,
    "score": Bench.score,
}
_LONG = "score"


def main() -> None:
    """Measure the parts that are named and write their results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--part", action="append", choices=_PARTS, help=f"default: all but {_LONG} (half an hour)"
    )
    parser.add_argument("--quick", action="store_true", help="little of everything: a trial run")
    parser.add_argument("--out", type=Path, help=f"folder for the results (default: {RESULTS})")
    arguments = parser.parse_args()
    if not shared_data.is_there():
        print(shared_data.NOT_THERE)
        return
    if arguments.quick and not arguments.out:
        parser.error("--quick measures nothing that should stand among the results: add --out")
    parts = arguments.part or [name for name in _PARTS if name != _LONG]
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        bench = _prepare(Path(scratch), _QUICK if arguments.quick else Extent())
        for part in parts:
            _measure(part, bench, arguments.out or RESULTS)


def _prepare(scratch: Path, extent: Extent) -> Bench:
    rows = shared_data.sample_rows("b_docs_train", extent.rows, _SEED)
    dev = shared_data.read_rows("b_docs_dev")
    if extent is _QUICK:
        dev = dev[: extent.evaluated]
    with_it, without = (
        Setup(_testbed(scratch / name, rows, dev, dropout=dropout))
        for name, dropout in (("bench", True), ("equal", False))
    )
    return Bench(extent, rows, dev, with_it, without)


def _testbed(folder: Path, rows: list[Row], dev: list[Row], *, dropout: bool) -> Testbed:
    """With a validation set of four rows: the library's side scores nothing before its steps."""
    testbed = Testbed(folder)
    testbed.prepare(dropout=dropout)
    testbed.dataset("train", rows)
    testbed.dataset("few", dev[:4])
    return testbed


def _measure(part: str, bench: Bench, folder: Path) -> None:
    """The machine is described before its load is the part's own."""
    found = {"machine": machine.describe(), "measured": _PARTS[part](bench)}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{part}.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
