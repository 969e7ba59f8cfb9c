"""Seconds of an evaluation: ours against the library's TripletEvaluator, on the same rows."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.evaluation import TripletEvaluator

from benchmarks.shared_data import Row
from benchmarks.spread import ratios, spread
from sbert_trainer.evaluation import Evaluation
from sbert_trainer.forward_pass import encode_of
from sbert_trainer.validation.rows import Triplet

if TYPE_CHECKING:
    from collections.abc import Callable

_BATCH = 32
"""The library's default for an evaluator is 16; `encode` takes 32."""


def measure_evaluation(model_folder: Path, rows: list[Row], repeats: int) -> dict[str, Any]:
    """In turn, on one loaded model. Ours also ranks each positive among all texts."""
    model = SentenceTransformer(str(model_folder), device="cpu")
    evaluation = Evaluation([Triplet(**row) for row in rows], encode_of(packed=True))
    evaluator = TripletEvaluator(
        [row["question"] for row in rows],
        [row["positive"] for row in rows],
        [row["negative"] for row in rows],
        batch_size=_BATCH,
        write_csv=False,
    )
    sides: dict[str, Callable[[], float]] = {
        "ours": lambda: evaluation.scores(model).triplet_accuracy,
        "stock": lambda: float(evaluator(model)["cosine_accuracy"]),
    }
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    results: dict[str, float] = {}
    for repeat in range(repeats + 1):
        for name, side in sides.items():
            started = time.perf_counter()
            results[name] = side()
            if repeat:
                seconds[name].append(time.perf_counter() - started)
                print(f"evaluation by {name}: {seconds[name][-1]:.2f} s", flush=True)
    return {
        **{name: spread(figures).as_json() for name, figures in seconds.items()},
        "ratio": ratios(seconds["stock"], seconds["ours"]).as_json(),
        **{"rows": len(rows), "accuracy": results, "seconds": seconds},
    }
