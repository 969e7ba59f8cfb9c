"""What a pod says, read back; and what must not be believed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbert_api import names, result
from sbert_api.result import Checked, Failed, InvalidResultError, Published
from sbert_api.v1alpha1.scores import Metrics, Scores
from sbert_api.v1alpha1.training_status import DataFacts, Progress

SCORES = Scores(
    triplet_accuracy=0.9,
    mrr10=0.8,
    ndcg10=0.85,
    avg_positive_similarity=0.7,
    avg_negative_similarity=0.2,
)


def published(warnings: list[str] | None = None) -> Published:
    return Published(
        run_key="k",
        model_id="trained_models/x",
        manifest_digest="sha256:" + "0" * 64,
        device="cpu",
        training_seconds=1.5,
        data=DataFacts(
            train_rows=9,
            validation_rows=1,
            validation_dataset="data/datasets/a.jsonl#auto-split",
            digest="sha256:" + "1" * 64,
            warnings=warnings or [],
        ),
        metrics=Metrics(base=SCORES, trained=SCORES),
    )


def test_a_result_comes_back_as_it_was_said() -> None:
    said = published(["3 duplicate rows"])
    assert result.parse_termination_message(result.termination_message(said)) == said


@pytest.mark.parametrize("reused", [None, published(["odd"])], ids=["new", "reused"])
def test_a_good_check_comes_back_as_it_was_said(reused: Published | None) -> None:
    said = Checked(run_key="k", content_key="c" * 64, data=published().data, reused=reused)
    assert result.parse_termination_message(result.termination_message(said)) == said


def test_a_failure_comes_back_as_it_was_said() -> None:
    said = Failed(reason="DatasetValidationError", message="faq.jsonl line 7: …", hint="Mend it.")
    assert result.parse_termination_message(result.termination_message(said)) == said


def test_too_many_warnings_are_left_out_from_the_end() -> None:
    said = result.termination_message(published([f"{n}" + "ä" * 300 for n in range(20)]))
    assert len(said.encode()) <= names.TERMINATION_MESSAGE_BYTES
    found = result.parse_termination_message(said)
    assert isinstance(found, Published)
    assert found.data.warnings[0].startswith("0")


def test_warnings_of_a_reused_model_are_left_out_first() -> None:
    many = published([f"{n}" + "w" * 150 for n in range(20)])
    said = Checked(run_key="k", content_key="c" * 64, data=many.data, reused=many)
    text = result.termination_message(said)
    assert len(text) <= names.TERMINATION_MESSAGE_BYTES
    found = result.parse_termination_message(text)
    assert isinstance(found, Checked)
    assert found.reused is not None
    assert (found.data.warnings[0][0], found.reused.data.warnings) == ("0", [])
    assert found.reused.metrics == many.metrics


@given(st.text(max_size=1024), st.text(max_size=512))
def test_any_failure_fits_the_termination_message(message: str, hint: str) -> None:
    said = result.termination_message(Failed(reason="X", message=message, hint=hint))
    assert len(said.encode()) <= names.TERMINATION_MESSAGE_BYTES
    assert isinstance(result.parse_termination_message(said), Failed)


def test_a_failure_of_nothing_but_emoji_fits_too() -> None:
    said = result.termination_message(Failed(reason="X", message="😀" * 1024, hint="😀" * 512))
    assert len(said.encode()) <= names.TERMINATION_MESSAGE_BYTES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Killed",
        "{}",
        "null",
        '{"outcome":"Published"}',
        '{"outcome":"Else","reason":"x","message":"y"}',
        '{"outcome":"Failed","reason":"","message":"y"}',
        "[" * 2000,
        "x" * 5000,
        '{"outcome":"Failed","reason":"R","message":"\ud800"}',
    ],
    ids=lambda text: text[:30].encode("ascii", "replace").decode(),
)
def test_what_is_no_result_is_refused(text: str) -> None:
    with pytest.raises(InvalidResultError):
        result.parse_termination_message(text)


def test_progress_comes_back_from_its_log_line() -> None:
    said = Progress(percentage=62, step=310, total_steps=500, epoch=1.86, loss=0.25)
    assert result.parse_progress_line(result.progress_line(said)) == said


@pytest.mark.parametrize(
    "line",
    [
        "",
        "epoch 1",
        '{"event":"progress","percentage":101}',
        '{"event":"progress",' + "x" * 3000,
        json.dumps({"event": "other"}),
    ],
)
def test_other_log_lines_are_no_progress(line: str) -> None:
    assert result.parse_progress_line(line) is None
