"""Trains one candidate of the study by `sbert-trainer`'s own command, and judges what comes out.

A process of its own, on one thread: its result depends on candidate, dataset and seed alone.
"""

import argparse
import functools
import json
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.shared_data import read_rows, sample_rows
from benchmarks.study_candidates import BASE, CANDIDATES, DEV_ROWS, TRAIN_ROWS, Candidate
from benchmarks.testbed import Testbed


def main() -> None:
    """Write the judgement of a candidate on a part of a dataset as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidate", required=True, choices=[BASE, *CANDIDATES])
    parser.add_argument("--dataset", required=True, choices=TRAIN_ROWS)
    parser.add_argument("--part", required=True, choices=["dev", "test"])
    parser.add_argument("--seed", required=True, type=int)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--kept", type=Path, help="where the trained model is kept, or already is")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="study-") as scratch:
        found = _result(arguments, Testbed(Path(scratch)))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = arguments.out.with_suffix(".part")
    unfinished.write_text(json.dumps(found) + "\n")
    unfinished.rename(arguments.out)


def _result(arguments: argparse.Namespace, testbed: Testbed) -> dict[str, Any]:
    dataset, seed = arguments.dataset, arguments.seed
    started = time.monotonic()
    model = _model(arguments, testbed)
    trained = time.monotonic()
    judgement = _judge(model, _judged_rows(dataset, arguments.part))
    return {
        **{"candidate": arguments.candidate, "dataset": dataset, "seed": seed},
        **{"part": arguments.part, "train_rows": TRAIN_ROWS[dataset]},
        "seconds": [round(trained - started, 1), round(time.monotonic() - trained, 1)],
        **judgement,
    }


def _model(arguments: argparse.Namespace, testbed: Testbed) -> Path:
    kept: Path | None = arguments.kept
    if kept and kept.is_dir():
        return kept
    testbed.prepare()
    if arguments.candidate == BASE:
        return testbed.base
    candidate = CANDIDATES[arguments.candidate]
    model = _train(candidate, testbed, arguments.dataset, arguments.seed)
    if kept:
        shutil.copytree(model, kept)
    return model


def _train(candidate: Candidate, testbed: Testbed, dataset: str, seed: int) -> Path:
    from sbert_trainer import __main__ as trainer  # noqa: PLC0415 - as late as in a pod

    rows = TRAIN_ROWS[dataset]
    testbed.dataset("train", sample_rows(f"{dataset}_train", rows, seed))
    testbed.dataset("few", read_rows(f"{dataset}_dev")[:4])
    _scale(candidate.scale)
    sys.argv[1:] = testbed.command("run", **candidate.spec(rows), seed=seed)
    if code := trainer.main():
        raise SystemExit(code)
    return testbed.models / testbed.model_id("run")


def _scale(scale: float) -> None:
    """Build the ranking loss with this scale, which is no field of the API."""
    from sbert_trainer import losses  # noqa: PLC0415 - loads torch

    name = "MultipleNegativesRankingLoss"
    setattr(losses, name, functools.partial(getattr(losses, name), scale=scale))


def _judged_rows(dataset: str, part: str) -> list[dict[str, str]]:
    rows = read_rows(f"{dataset}_{part}")
    return rows if part == "test" else rows[:: len(rows) // DEV_ROWS[dataset]]


def _judge(model: Path, rows: list[dict[str, str]]) -> dict[str, Any]:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - loads torch

    from benchmarks.judging import judge  # noqa: PLC0415 - loads torch

    return asdict(judge(SentenceTransformer(str(model), device="cpu"), rows))


if __name__ == "__main__":
    main()
