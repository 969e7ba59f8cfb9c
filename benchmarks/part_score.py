"""What a whole pass over the training rows makes of the model, by either side, with dropout on.

Both see the same batches, but their random numbers drop other values: the models differ by chance,
and the interval of the difference says whether by more.
"""

import subprocess
import time
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformer

from benchmarks.judging import Judgement, interval, judge
from benchmarks.shared_data import Row
from benchmarks.side import Setup, offline

_NAME = "score"


def measure_score(setup: Setup, train_rows: int, judged: list[Row]) -> dict[str, Any]:
    """Train one after the other, alone on the machine, and judge both on the same rows."""
    bed = setup.testbed
    kept = bed.folder / "stock-model"
    models = {"untrained": bed.base, "ours": bed.models / bed.model_id(_NAME), "stock": kept}
    commands = {
        "ours": setup.ours(_NAME, module="sbert_trainer"),
        "stock": setup.stock(save=kept),
    }
    seconds = {name: _run(name, command) for name, command in commands.items()}
    judgements = {name: _judge(model, judged) for name, model in models.items()}
    mine, theirs = judgements["ours"], judgements["stock"]
    return {
        **{"loss": setup.loss, "batch": setup.batch, "train_rows": train_rows},
        **{"judged_rows": len(judged), "seconds": seconds},
        "scores": {
            name: {"accuracy": float(one.accuracy.mean()), "mrr10": float(one.mrr10.mean())}
            for name, one in judgements.items()
        },
        "difference": {
            "accuracy": interval(mine.accuracy - theirs.accuracy),
            "mrr10": interval(mine.mrr10 - theirs.mrr10),
        },
    }


def _run(name: str, command: list[str]) -> float:
    """Seconds that the whole process takes."""
    started = time.monotonic()
    done = subprocess.run(command, env=offline(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the training by {name} failed: {done.stderr[-2000:]}")
    seconds = round(time.monotonic() - started, 1)
    print(f"one pass by {name}: {seconds:.0f} s", flush=True)
    return seconds


def _judge(model: Path, rows: list[Row]) -> Judgement:
    return judge(SentenceTransformer(str(model), device="cpu"), rows)
