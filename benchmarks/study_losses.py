"""Which loss, scale, schedule should be the defaults: candidates judged on the same rows.

Resumable: a candidate whose result is there is not trained again. The summary holds, for each
candidate, the paired difference to the centre with its interval.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks import shared_data
from benchmarks.study_candidates import (
    BASE,
    CANDIDATES,
    CENTRE,
    FINALISTS,
    SEEDS,
    TRAIN_ROWS,
)
from benchmarks.study_summary import write_summary

RESULTS = shared_data.RESULTS / "losses"
KEPT = Path(tempfile.gettempdir(), "study-models")
"""Models of the finals, which the test judges without training them again."""


@dataclass(frozen=True)
class Trial:
    """One candidate, trained on one dataset with one seed and judged on one part."""

    candidate: str
    dataset: str
    part: str
    seed: int

    @property
    def result(self) -> Path:
        """Where its judgement is kept."""
        return RESULTS / self.part / self.dataset / f"{self.candidate}-{self.seed}.json"

    @property
    def command(self) -> list[str]:
        """What trains and judges it."""
        kept = KEPT / self.dataset / f"{self.candidate}-{self.seed}"
        return [
            *(sys.executable, "-m", "benchmarks.study_run", "--candidate", self.candidate),
            *("--dataset", self.dataset, "--part", self.part, "--seed", str(self.seed)),
            *("--out", str(self.result)),
            *(("--kept", str(kept)) if self.seed != SEEDS[0] else ()),
        ]

    def run(self) -> None:
        """Train and judge, on one thread: two of them share two cores better than one does."""
        if self.result.exists():
            return
        done = subprocess.run(
            self.command,
            env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        outcome = "done" if done.returncode == 0 else f"FAILED: {done.stderr[-2000:]}"
        print(f"{self.part} {self.dataset} {self.candidate} {self.seed}: {outcome}", flush=True)


def screening() -> Iterator[Trial]:
    """Every candidate once, judged on dev."""
    for candidate in (BASE, *CANDIDATES):
        yield from _on_each_dataset([candidate], "dev", SEEDS[:1])


def finals() -> Iterator[Trial]:
    """The centre and the finalists with another seed and other training rows, on dev."""
    yield from _on_each_dataset([CENTRE, *FINALISTS], "dev", SEEDS[1:])


def test() -> Iterator[Trial]:
    """The finals' models and the untrained model on test: looked at once."""
    yield from _on_each_dataset([BASE], "test", SEEDS[:1])
    yield from _on_each_dataset([CENTRE, *FINALISTS], "test", SEEDS[1:])


def _on_each_dataset(names: Sequence[str], part: str, seeds: Sequence[int]) -> Iterator[Trial]:
    for name in names:
        for seed in seeds:
            for dataset in TRAIN_ROWS:
                yield Trial(name, dataset, part, seed)


STAGES = {"screening": screening, "finals": finals, "test": test}


def main() -> None:
    """Run the stages that are named, all by default, and write the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", action="append", choices=STAGES)
    parser.add_argument("--at-once", type=int, default=2, help="trainings at a time, 1 thread each")
    arguments = parser.parse_args()
    if not shared_data.is_there():
        print(shared_data.NOT_THERE)
        return
    for stage in arguments.stage or STAGES:
        with ThreadPoolExecutor(arguments.at_once) as pool:
            list(pool.map(Trial.run, STAGES[stage]()))
    write_summary(RESULTS)


if __name__ == "__main__":
    main()
