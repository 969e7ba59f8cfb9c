"""Makes reports. One that cannot be made is a defect, but it must not cost what it is about."""

from collections.abc import Callable, Sequence
from pathlib import Path

from sbert_trainer.evaluation_record import EvaluationRecord
from sbert_trainer.intervals import Comparison
from sbert_trainer.log import say
from sbert_trainer.manifest import Manifest
from sbert_trainer.metrics import RowScores
from sbert_trainer.training_log import TRAINING_LOG, read_log
from sbert_trainer.validation.rows import Triplet

REPORT = "report.html"


def write_report(
    folder: Path, facts: Manifest, comparison: Comparison, rows: Sequence[Triplet]
) -> None:
    """Write report.html into the folder of a model, where its training log is already.

    Without one the model is published all the same. Raises OSError if it cannot be written.
    """

    def build() -> str:
        # Only here: matplotlib takes a second to load, and is wanted when the training is over.
        from sbert_trainer.report.page import build_report  # noqa: PLC0415

        return build_report(facts, comparison, rows, read_log(folder / TRAINING_LOG))

    page = _page(build, "The model is published without it.")
    if page is not None:
        (folder / REPORT).write_bytes(page)


def evaluation_page(
    record: EvaluationRecord,
    model: RowScores,
    baseline: RowScores | None,
    rows: Sequence[Triplet],
) -> bytes | None:
    """The page about an evaluation; None if it cannot be made."""

    def build() -> str:
        from sbert_trainer.report.evaluation import build_evaluation_report  # noqa: PLC0415

        return build_evaluation_report(record, model, baseline, rows)

    return _page(build, "The evaluation ends without it.")


def _page(build: Callable[[], str], consequence: str) -> bytes | None:
    try:
        return build().encode()
    except Exception as error:
        say(f"warning: {REPORT} cannot be made: {type(error).__name__}: {error}")
        say(f"{consequence} Please report this as a defect of the trainer.")
        return None
