"""The report as HTML: the facts of a training in, the text of a page out. Pure."""

from collections.abc import Sequence

from markupsafe import Markup

from sbert_api.v1alpha1.gate import Gate, GateResult
from sbert_trainer.gates import judged
from sbert_trainer.hub_names import short_name
from sbert_trainer.intervals import Comparison
from sbert_trainer.manifest import Manifest
from sbert_trainer.metric_words import CHARTED, METRIC_WORDS, headline
from sbert_trainer.parameters import shown_parameters
from sbert_trainer.report.charts import (
    evaluations_chart,
    learning_rate_chart,
    loss_chart,
    similarity_chart,
)
from sbert_trainer.report.notes import notes
from sbert_trainer.report.questions import gained_and_lost
from sbert_trainer.report.scores import score_rows
from sbert_trainer.report.template import template
from sbert_trainer.training_log import History
from sbert_trainer.validation.rows import Triplet

_HEADLINE_DIGITS = 2


def build_report(
    facts: Manifest, comparison: Comparison, rows: Sequence[Triplet], history: History
) -> str:
    """The page about the model that `facts` describes. `rows` are those that it was judged by."""
    gained, lost = gained_and_lost(rows, comparison)
    return template("report.html.jinja").render(
        facts=facts,
        base=short_name(facts.base_model.tag),
        headline=headline(facts.metrics, _HEADLINE_DIGITS),
        gate=_gate(facts),
        notes=notes(facts, history),
        scores=score_rows(facts.intervals),
        steps=history.steps[-1]["step"] if history.steps else 0,
        charts=_charts(facts, comparison, history),
        moves=[("gained", gained), ("lost", lost)],
        answers=len({text for row in rows for text in (row.positive, row.negative)}),
        parameters=shown_parameters(facts.parameters),
    )


def _charts(facts: Manifest, comparison: Comparison, history: History) -> dict[str, Markup]:
    titles = {name: METRIC_WORDS[name].title for name in CHARTED}
    charts = {
        "loss": loss_chart(history.steps),
        "rate": learning_rate_chart(history.steps),
        "scores": evaluations_chart(history.evaluations, titles, facts.published_step),
        "similarity": similarity_chart({"before": comparison.base, "after": comparison.trained}),
    }
    # Drawn from numbers, and ElementTree has escaped the words in them.
    return {name: Markup(svg) for name, svg in charts.items()}  # noqa: S704


def _gate(facts: Manifest) -> GateResult | None:
    """How the gate of the task that trained the model was judged."""
    asked = facts.parameters.get("promoteIf")
    gate = asked and Gate.model_validate(asked)
    return judged(gate, facts.gate_intervals, facts.data.validation_rows, "the base model")
