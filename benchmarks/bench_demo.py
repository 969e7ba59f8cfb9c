"""`make bench-demo`: the training of examples/quickstart.yaml, from the start of the trainer to the
published model, with texts packed and with the library's own forward pass in turn.

It writes benchmarks/results/demo.json. The machine should do nothing else meanwhile.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.shared_data import CHECKOUT, RESULTS
from benchmarks.side import offline
from benchmarks.spread import ratios, spread
from benchmarks.testbed import Testbed
from sbert_api.yaml12 import load_all

_EXAMPLES = CHECKOUT / "examples"
_SIDES = {"ours": "Packed", "stock": "Stock"}
"""Side -> forwardPass."""
_REPEATS = 3


def main() -> None:
    """Measure, and write the results."""
    facts = machine.describe()
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        testbed = Testbed(Path(scratch))
        testbed.prepare()
        for name in ("handbook", "handbook-validation"):
            shutil.copy(_EXAMPLES / "data" / f"{name}.jsonl", testbed.datasets)
        seconds = _measure(testbed)
    found = {
        **{name: spread(figures).as_json() for name, figures in seconds.items()},
        "ratio": ratios(seconds["stock"], seconds["ours"]).as_json(),
        "seconds": seconds,
    }
    text = json.dumps({"machine": facts, "measured": found}, indent=1)
    (RESULTS / "demo.json").write_text(text + "\n")


def _measure(testbed: Testbed) -> dict[str, list[float]]:
    """Seconds of each training. One of each before them fills the file cache for both."""
    seconds: dict[str, list[float]] = {name: [] for name in _SIDES}
    for repeat in range(_REPEATS + 1):
        for name, forward_pass in _SIDES.items():
            seconds[name].append(_train(testbed, f"{name}-{repeat}", forward_pass))
            print(f"the demo's training, {name}: {seconds[name][-1]:.1f} s", flush=True)
    return {name: figures[1:] for name, figures in seconds.items()}


def _train(testbed: Testbed, name: str, forward_pass: str) -> float:
    """Train under a name of its own; `reuse` off, for all but the forward pass is the same."""
    example: Any = load_all((_EXAMPLES / "quickstart.yaml").read_text())[0]
    spec = {**example["spec"], "modelTag": "base", "forwardPass": forward_pass, "reuse": False}
    command = [sys.executable, "-m", "sbert_trainer", *testbed.command(name, **spec)]
    began = time.monotonic()
    subprocess.run(command, env=offline(), check=True, capture_output=True)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
