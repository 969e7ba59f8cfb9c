"""Seconds from the start of a process to the end of its first optimizer step."""

from typing import Any

from benchmarks.side import Setup, Side
from benchmarks.spread import ratios, spread


def measure_first_step(setup: Setup, repeats: int) -> dict[str, Any]:
    """Fresh processes in turn. One of each before them fills the file cache for both."""
    seconds: dict[str, list[float]] = {"ours": [], "stock": []}
    for repeat in range(repeats + 1):
        commands = {"ours": setup.ours(f"first-{repeat}"), "stock": setup.stock()}
        for name, command in commands.items():
            with Side(command) as side:
                seconds[name].append(side.first_step())
            print(f"first step of {name}: {seconds[name][-1]:.2f} s", flush=True)
    counted = {name: figures[1:] for name, figures in seconds.items()}
    return {
        **{name: spread(figures).as_json() for name, figures in counted.items()},
        "ratio": ratios(counted["ours"], counted["stock"]).as_json(),
        "seconds": counted,
    }
