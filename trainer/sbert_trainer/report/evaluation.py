"""The page about an evaluation: what is known of it in, the text of a page out. Pure."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from sbert_trainer.evaluation_record import EvaluationRecord
from sbert_trainer.hub_names import short_name
from sbert_trainer.intervals import Comparison
from sbert_trainer.metric_words import HEADLINE, METRIC_WORDS, number, with_ends
from sbert_trainer.metrics import RowScores
from sbert_trainer.report.charts import similarity_chart
from sbert_trainer.report.questions import gained_and_lost
from sbert_trainer.report.scores import score_rows
from sbert_trainer.report.template import template
from sbert_trainer.validation.rows import Triplet

_DIGITS = 2


def build_evaluation_report(
    record: EvaluationRecord,
    model: RowScores,
    baseline: RowScores | None,
    rows: Sequence[Triplet],
) -> str:
    """The page about the evaluation that `record` describes; `rows` are those that judged."""
    sides = {"model": model} if baseline is None else {"baseline": baseline, "model": model}
    return template("evaluation.html.jinja").render(
        record=record,
        model=short_name(record.model.tag),
        baseline=short_name(record.baseline.tag) if record.baseline else None,
        headline=_headline(record),
        scores=score_rows(record.intervals),
        similarities=_chart(sides),
        moves=_moves(Comparison(baseline, model), rows) if baseline else [],
        answers=len({text for row in rows for text in (row.positive, row.negative)}),
    )


def _headline(record: EvaluationRecord) -> str:
    """The answer in one line: with a baseline before, after and the gain, and the verdict last."""
    title, sides = METRIC_WORDS[HEADLINE].title, record.intervals
    model = sides["trained"][HEADLINE]
    if record.verdict is None:
        ends = f"[{number(model.low, _DIGITS)}, {number(model.high, _DIGITS)}]"
        return f"{title}: {number(model.value, _DIGITS)} {ends}"
    before = number(sides["base"][HEADLINE].value, _DIGITS)
    after, gain = number(model.value, _DIGITS), with_ends(sides["gain"][HEADLINE], _DIGITS)
    return f"{title} {before} → {after}, {gain}: {record.verdict}"


def _chart(sides: Mapping[str, RowScores]) -> Markup:
    return Markup(similarity_chart(sides))  # noqa: S704 - drawn from numbers


def _moves(comparison: Comparison, rows: Sequence[Triplet]) -> list[tuple[str, object]]:
    gained, lost = gained_and_lost(rows, comparison)
    return [("gained", gained), ("lost", lost)]
