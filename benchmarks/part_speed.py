"""Triplets a second, peak memory, and the machine's own limit, in alternating windows of steps."""

from itertools import islice
from typing import Any

from benchmarks.lengths import lengths_by_step
from benchmarks.limit import Shape, flop_rate, step_flop
from benchmarks.shared_data import Row
from benchmarks.side import Setup, Side
from benchmarks.spread import ratios, spread

_WARM_UP = 1
"""Steps of each side after its first one that are not counted."""


def measure_speed(setup: Setup, rows: list[Row], steps: int, repeats: int) -> dict[str, Any]:
    """Windows of `steps` optimizer steps: ours, the limit, the library's, and so on."""
    shape = Shape.of(setup.testbed.base)
    drawn = iter(lengths_by_step(rows, setup.batch, setup.seed, setup.testbed.base))
    list(islice(drawn, 1 + _WARM_UP))
    windows: list[dict[str, float]] = []
    with Side(setup.ours(f"ours-{setup.batch}")) as ours, Side(setup.stock()) as stock:
        for side in (ours, stock):
            side.first_step()
            side.run(_WARM_UP)
        for _ in range(repeats):
            lengths = list(islice(drawn, steps))
            triplets = sum(map(len, lengths)) / 3
            mine = triplets / ours.run(steps)
            rate = flop_rate(shape, sum(map(sum, lengths)) // steps)
            theirs = triplets / stock.run(steps)
            limit = triplets * rate / sum(step_flop(shape, one) for one in lengths)
            windows.append(
                {"ours": mine, "stock": theirs, "limit": limit, "limit_gflops": rate / 1e9}
                | {"tokens_per_triplet": sum(map(sum, lengths)) / triplets}
            )
            print(_line(setup.batch, windows[-1]), flush=True)
        memory = {"ours": ours.finish()["peak_memory"], "stock": stock.finish()["peak_memory"]}
    return _summary(windows, memory) | {"batch": setup.batch, "loss": setup.loss, "steps": steps}


def _summary(windows: list[dict[str, float]], memory: dict[str, int]) -> dict[str, Any]:
    column = {name: [window[name] for window in windows] for name in windows[0]}
    return {
        "triplets_per_second": {
            side: spread(column[side]).as_json() for side in ("ours", "stock", "limit")
        },
        "speed_ratio": ratios(column["ours"], column["stock"]).as_json(),
        "share_of_limit": ratios(column["ours"], column["limit"]).as_json(),
        "limit_gflops": spread(column["limit_gflops"]).as_json(),
        "peak_memory": memory,
        "memory_ratio": memory["ours"] / memory["stock"],
        "windows": windows,
    }


def _line(batch: int, window: dict[str, float]) -> str:
    figures = ", ".join(f"{name} {figure:.2f}" for name, figure in window.items())
    return f"batch {batch}: {figures}"
