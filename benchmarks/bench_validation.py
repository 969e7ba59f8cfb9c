"""`make bench-validation`: how fast `sbert-trainer validate` reads, starts and refuses.

Each figure is that of a whole process: its seconds include the start of Python. The rows are
drawn from a fixed seed; nothing beside the checkout is needed. Writes
benchmarks/results/validation.json, from which docs/benchmarks.md is written.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import machine
from benchmarks.shared_data import RESULTS
from benchmarks.spread import spread

_ROWS = 1_000_000
_SHARES = {"small": 0.25, "large": 1.0}
"""Parts of the rows that are read alone: memory must not follow them."""
_LONG_LINE = 1 << 30
_REPEATS = 5
_VOCABULARY = 20_000
_SEED = 7


class Run(NamedTuple):
    """One process."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of all its threads."""
    memory: int
    """Its largest resident set, bytes."""


def main() -> None:
    """Measure, print, and write the results."""
    facts = machine.describe()
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        _write_inputs(folder)
        measured = {name: measure(folder) for name, measure in _PARTS.items()}
    RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": facts, "measured": measured}, indent=1)
    (RESULTS / "validation.json").write_text(text + "\n")
    print(text)


def _write_inputs(folder: Path) -> None:
    rng = random.Random(_SEED)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(_VOCABULARY)]
    for name, share in _SHARES.items():
        with (folder / f"{name}.jsonl").open("w") as file:
            for _ in range(int(_ROWS * share)):
                file.write(_line(rng, words))
    (folder / "tiny.jsonl").write_text("".join(_line(rng, words) for _ in range(20)))
    with (folder / "long.jsonl").open("wb") as file:
        file.write(b'{"question": "')
        file.truncate(_LONG_LINE)


def _line(rng: random.Random, words: list[str]) -> str:
    """About 320 bytes, as long as a row of b_docs."""
    texts = [" ".join(rng.choices(words, k=count)) for count in (6, 14, 14)]
    return json.dumps(dict(zip(("question", "positive", "negative"), texts, strict=True))) + "\n"


def _reading(folder: Path) -> dict[str, Any]:
    """Megabytes (10^6) a second of CPU, and memory, of both files in turn."""
    runs: dict[str, list[Run]] = {name: [] for name in _SHARES}
    for _ in range(_REPEATS):
        for name, found in runs.items():
            found.append(_validate(folder, name, expected=0))
    sizes = {name: (folder / f"{name}.jsonl").stat().st_size / 1e6 for name in runs}
    return {
        name: {
            "megabytes": round(sizes[name], 1),
            "megabytes_per_cpu_second": spread([sizes[name] / run.cpu for run in found]).as_json(),
            "memory": spread([float(run.memory) for run in found]).as_json(),
        }
        for name, found in runs.items()
    }


def _starting(folder: Path) -> dict[str, Any]:
    """Seconds for 20 rows."""
    runs = [_validate(folder, "tiny", expected=0) for _ in range(_REPEATS)]
    return spread([run.wall for run in runs]).as_json()


def _refusing(folder: Path) -> dict[str, Any]:
    """Seconds until a line of 1 GiB is refused."""
    runs = [_validate(folder, "long", expected=15) for _ in range(_REPEATS)]
    return spread([run.wall for run in runs]).as_json()


_PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "reading": _reading,
    "starting": _starting,
    "refusing": _refusing,
}


def _validate(folder: Path, dataset_id: str, *, expected: int) -> Run:
    """A process of its own. Raises RuntimeError if it ends with another code than `expected`."""
    command = [sys.executable, "-m", "sbert_trainer", "validate"]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--datasets", str(folder), dataset_id],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != expected:
        raise RuntimeError(f"{dataset_id}: exit code {process.returncode}, expected {expected}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


if __name__ == "__main__":
    main()
