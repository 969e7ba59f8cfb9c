"""What is said to people about an evaluation. Pure."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sbert_api.evaluation_result import Evaluated
from sbert_api.reasons import HINTS_OF_EVALUATIONS, Reason
from sbert_api.v1alpha1.evaluation_status import Verdict
from sbert_trainer.local_words import LOCAL_HINTS, as_local
from sbert_trainer.metric_words import METRIC_WORDS

LOCAL_EVALUATION_HINTS: dict[Reason, str] = (
    LOCAL_HINTS
    | {reason: as_local(hint) for reason, hint in HINTS_OF_EVALUATIONS.items()}
    | {
        Reason.USAGE_ERROR: "Correct what is named; see `sbert-trainer evaluate --help`.",
        Reason.INTERRUPTED: "Run the same command again.",
        Reason.STORAGE: "Check that the folders --datasets and --models are there and readable.",
    }
)
"""What to do about each reason where there is no pod and no Job."""

_VERDICTS: dict[Verdict, str] = {
    "Better": "better than",
    "Same": "no difference shown to",
    "Worse": "worse than",
}


def outcome_lines(result: Evaluated) -> list[str]:
    """What came out, and how the gate was judged: for every log."""
    found = f"evaluated {result.model_tag}"
    if result.verdict:
        found += f": {_VERDICTS[result.verdict]} {result.baseline_model_tag}"
    return [found, *([result.gate.message] if result.gate else [])]


def summary(result: Evaluated, models: Path) -> list[str]:
    """The scores as a table, and where the report is: for a terminal."""
    metrics = result.metrics
    sides = [side.as_json() for side in (metrics.baseline, metrics.model) if side]
    gains: dict[str, Any] = metrics.gain.as_json() if metrics.gain else {}
    titles = ("baseline", "model") if metrics.baseline else ("model",)
    head = "".join(f"{title:>10}" for title in titles)
    return [
        f"  {'score':22}{head}{'   gain, 95 % interval' if gains else ''}",
        *(_row(name, sides, gains.get(name)) for name in METRIC_WORDS if name in sides[-1]),
        f"  {metrics.model.num_samples} of {result.data.rows} rows of {result.data.dataset},"
        f" {result.evaluation_seconds:.0f} s on {result.device}",
        *([f"  report: {(models / result.report).resolve()}"] if result.report else []),
    ]


def _row(name: str, sides: Sequence[Mapping[str, Any]], gain: Mapping[str, float] | None) -> str:
    numbers = "".join(f"{side[name]:10.4f}" if name in side else f"{'':10}" for side in sides)
    sure = f"   {gain['value']:+.4f} ({gain['low']:+.4f} to {gain['high']:+.4f})" if gain else ""
    return f"  {name:22}{numbers}{sure}"
