"""What is said to a person who trains on a machine of their own. Pure."""

from pathlib import Path

from sbert_api.reasons import HINTS, RUN_AGAIN, Reason
from sbert_api.result import Published


def as_local(hint: str) -> str:
    """A hint without the command that starts a task of a cluster again."""
    return hint.replace(RUN_AGAIN, "run it again")


LOCAL_HINTS: dict[Reason, str] = {
    **{reason: as_local(hint) for reason, hint in HINTS.items()},
    Reason.INTERNAL_ERROR: "If it is not your data, report it with the lines above.",
    Reason.USAGE_ERROR: "Correct what is named; `sbert-trainer train --help` shows an example.",
    Reason.INVALID_MODEL_ID: "Name a sentence-transformers model folder below --models.",
    Reason.DATASET_NOT_FOUND: "Put the id with .jsonl into the folder --datasets, or correct it.",
    Reason.MODEL_WEIGHTS_NOT_FOUND: "Put the model with *.safetensors into the folder --models.",
    Reason.DATASET_VALIDATION: "Mend the lines that are named, and run it again.",
    Reason.INVALID_HYPERPARAMETERS: "Change what is named, and run it again.",
    Reason.INTERRUPTED: "Run the same command again: it goes on after the last checkpoint.",
    Reason.DISK_FULL: "Make room in the folder --models, and run it again.",
    Reason.STORAGE: "Check that the folder --models is there and writable.",
    Reason.GPU_UNAVAILABLE: "Add --device cpu, or --device auto to take what is there.",
    Reason.OUTPUT_LOCKED: "Another sbert-trainer is at this task: wait for it, or end it.",
}
"""What to do about each reason where there is no pod and no Job."""

_SCORES = {"triplet_accuracy": "tripletAccuracy", "mrr10": "mrr10", "ndcg10": "ndcg10"}


def summary(result: Published, models: Path) -> list[str]:
    """The result of a training: scores before and after, and where the model lies."""
    folder = (models / result.model_id).resolve()
    report = folder / "report.html"
    return [
        f"  {'score':16} {'before':>8} {'after':>8}   gain, 95 % interval",
        *(_score(result, field, name) for field, name in _SCORES.items()),
        f"  {result.data.train_rows} rows trained on, {result.data.validation_rows} judged by,"
        f" {result.training_seconds:.0f} s on {result.device}",
        *([f"  report: {report}"] if report.exists() else []),
        f'  load it: SentenceTransformer("{folder}")',
    ]


def _score(result: Published, field: str, name: str) -> str:
    metrics = result.metrics
    base, trained = getattr(metrics.base, field), getattr(metrics.trained, field)
    gain = getattr(metrics.gain, field) if metrics.gain else None
    sure = f"   {gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})" if gain else ""
    return f"  {name:16} {base:8.4f} {trained:8.4f}{sure}"
