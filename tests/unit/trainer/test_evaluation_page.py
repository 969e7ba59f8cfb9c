"""The page about an evaluation: it answers the question, and whatever data say stays text."""

from pathlib import Path
from typing import Any

import pytest

from sbert_trainer.compared import compare
from sbert_trainer.evaluation_record import EvaluationRecord
from sbert_trainer.intervals import Comparison
from sbert_trainer.report.evaluation import build_evaluation_report
from sbert_trainer.report.write import evaluation_page
from tests.unit.trainer.evaluations import MODEL_ID, a_trained_model, an_assignment, some_volumes
from tests.unit.trainer.reports import a_comparison, row_scores, some_triplets
from tests.unit.trainer.test_evaluation_output import a_record
from tests.unit.trainer.test_report import Page
from tests.unit.trainer.test_report_page import HOSTILE

ROWS = 60


@pytest.fixture
def record(tmp_path: Path) -> EvaluationRecord:
    """An evaluation of 60 rows against a baseline, with a gate that does not pass."""
    volumes = some_volumes(tmp_path)
    a_trained_model(volumes)
    return a_record(volumes)


def page_of(record: EvaluationRecord, **texts: str) -> Page:
    baseline, model = a_comparison(ROWS)
    html = build_evaluation_report(record, model, baseline, some_triplets(ROWS, **texts))
    return Page(html)


def test_it_answers_whether_the_model_is_better(record: EvaluationRecord) -> None:
    text = page_of(record).text
    assert "base-finetuned-20260101-095950-7ef54ba0 against base" in text
    gain = record.intervals["gain"]["tripletAccuracy"]
    assert f"{gain.value:.2f}"[1:].replace("-", "−") in text
    assert f": {record.verdict}" in text
    assert record.gate is not None
    assert f"Quality gate not passed : {record.gate.message}" in text
    assert "Judged by 60 rows." in text


def test_it_has_a_row_for_each_score_and_a_histogram_of_each_model(
    record: EvaluationRecord,
) -> None:
    page = page_of(record)
    for title in ("Triplet accuracy", "MRR@10", "nDCG@10", "Rank correlation", "Margin"):
        assert title in page.text
    (described,) = [
        value for name, value in page.attributes if name == "aria-label" and "Histograms" in value
    ]
    assert "baseline: mean cosine similarity" in described
    assert "model: mean cosine similarity" in described


def test_the_questions_that_differ_most_are_shown(record: EvaluationRecord) -> None:
    comparison = Comparison(row_scores([9, 1, *[5] * 58]), row_scores([1, 9, *[5] * 58]))
    html = build_evaluation_report(record, comparison.trained, comparison.base, some_triplets(ROWS))
    text = Page(html).text
    gained, lost = text.index("Gained"), text.index("Lost")
    assert gained < text.index("What is thing 0?") < lost < text.index("What is thing 1?")
    assert "rank 9 → 1" in text


def test_a_model_alone_has_a_page_without_comparison(record: EvaluationRecord) -> None:
    model = a_comparison(ROWS).trained
    alone = record.model_copy(
        update={"baseline": None} | compare(an_assignment(), model, None)._asdict()
    )
    page = Page(build_evaluation_report(alone, model, None, some_triplets(ROWS)))
    assert "against" not in page.text
    assert "Gain" not in page.text.split()
    assert "Questions that differ most" not in page.text
    score = alone.metrics.model.triplet_accuracy
    assert f"Triplet accuracy: {score:.2f} [" in page.text


def test_drawn_rows_are_told_from_the_set(record: EvaluationRecord) -> None:
    data = record.data.model_copy(update={"rows": 5000})
    text = page_of(record.model_copy(update={"data": data})).text
    assert "Judged by 60 rows, drawn from 5,000." in text


def test_d27_what_data_and_spec_say_is_shown_and_never_run(record: EvaluationRecord) -> None:
    assert record.gate is not None
    hostile: dict[str, Any] = {
        "task": {"name": HOSTILE, "namespace": HOSTILE, "uid": HOSTILE},
        "device": HOSTILE,
        "run_key": HOSTILE,
        "model": record.model.model_copy(update={"tag": HOSTILE}),
        "baseline": record.model.model_copy(update={"tag": HOSTILE}),
        "data": record.data.model_copy(update={"dataset": HOSTILE, "warnings": [HOSTILE]}),
        "gate": record.gate.model_copy(update={"message": HOSTILE}),
        "versions": {HOSTILE: HOSTILE},
    }
    texts = dict.fromkeys(("question", "positive", "negative"), HOSTILE)
    page = page_of(record.model_copy(update=hostile), **texts)
    assert not {"script", "img"} & set(page.tags)
    assert page.tags.count("style") == 1
    assert page.text.count(HOSTILE) > 65, "as it was written"
    assert "1337" not in page.text, "no text is a template"


def test_the_same_evaluation_makes_the_same_bytes(record: EvaluationRecord) -> None:
    baseline, model = a_comparison(ROWS)
    rows = some_triplets(ROWS)
    first, second = (evaluation_page(record, model, baseline, rows) for _ in range(2))
    assert first == second
    assert first is not None


def test_a_page_that_cannot_be_made_costs_no_evaluation(
    record: EvaluationRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline, model = a_comparison(ROWS)
    assert evaluation_page(record, model, baseline, some_triplets(3)) is None
    said = capsys.readouterr().err
    assert "report.html cannot be made: IndexError" in said
    assert "The evaluation ends without it." in said


def test_the_model_id_is_in_the_footer(record: EvaluationRecord) -> None:
    assert f"{MODEL_ID} · run" in page_of(record).text
