"""The longest results of the contract: they fit the termination message, and lose only warnings."""

import pytest

from sbert_api import names, result
from sbert_api.evaluation_result import Evaluated
from sbert_api.result import Checked, Failed, InvalidResultError, Published
from sbert_api.v1alpha1.evaluation_status import EvaluationData, EvaluationMetrics
from sbert_api.v1alpha1.gate import GateResult
from sbert_api.v1alpha1.scores import Gains, Interval, Metrics, Scores
from sbert_api.v1alpha1.training_status import DataFacts, Progress

LONGEST_SCORES = Scores(
    triplet_accuracy=0.123456,
    mrr10=0.123456,
    ndcg10=0.123456,
    avg_positive_similarity=-0.123456,
    avg_negative_similarity=-0.123456,
    margin=-0.123456,
    similarity_ratio=-101.123456,
    spearman_correlation=-0.123456,
    num_samples=10_000_000,
)
LONG = Interval(value=-0.123456, low=-0.123456, high=-0.123456)
LONGEST_GAINS = Gains(
    triplet_accuracy=LONG,
    mrr10=LONG,
    ndcg10=LONG,
    spearman_correlation=LONG,
    margin=LONG,
    similarity_ratio=Interval(value=-201.123456, low=-201.123456, high=-201.123456),
    avg_positive_similarity=LONG,
    avg_negative_similarity=LONG,
)
LONGEST_GATE = GateResult(
    metric="spearmanCorrelation",
    min_gain=-0.123456,
    confidence=0.95,
    **LONG.model_dump(),
    passed=False,
    message="m" * 512,
)
LONGEST_PROGRESS = Progress(
    percentage=100,
    summary="100%",
    step=10_000_000,
    total_steps=10_000_000,
    epoch=1000.0,
    loss=-1.234567e-05,
    samples_per_second=1_000_000.123,
    estimated_remaining_seconds=1_000_000.1,
)
DIGEST = "sha256:" + "f" * 64
WARNINGS = ["w" * 512] * 20


def longest_training() -> Published:
    return Published(
        run_key="k" * 64,
        content_key="c" * 64,
        model_id="m" * 253,
        manifest_digest=DIGEST,
        device="d" * 64,
        training_seconds=9999999999.9,
        data=DataFacts(
            train_rows=10_000_000,
            validation_rows=10_000_000,
            validation_dataset="v" * 300,
            digest=DIGEST,
            warnings=WARNINGS,
        ),
        metrics=Metrics(base=LONGEST_SCORES, trained=LONGEST_SCORES, gain=LONGEST_GAINS),
        gate=LONGEST_GATE,
        progress=LONGEST_PROGRESS,
    )


def longest_evaluation() -> Evaluated:
    return Evaluated(
        run_key="k" * 64,
        model_tag="m" * 253,
        baseline_model_tag="b" * 253,
        device="d" * 64,
        evaluation_seconds=9999999999.9,
        data=EvaluationData(dataset="v" * 300, rows=10_000_000, digest=DIGEST, warnings=WARNINGS),
        metrics=EvaluationMetrics(
            model=LONGEST_SCORES, baseline=LONGEST_SCORES, gain=LONGEST_GAINS
        ),
        verdict="Better",
        gate=LONGEST_GATE,
        report="r" * 600,
    )


def longest_check() -> Checked:
    trained = longest_training()
    reused = trained.model_copy(update={"progress": None})  # the folder's manifest has none
    return Checked(run_key="k" * 64, content_key="c" * 64, data=trained.data, reused=reused)


@pytest.mark.parametrize("said", [longest_training(), longest_evaluation()], ids=["train", "eval"])
def test_the_longest_result_loses_nothing_but_warnings(said: Published | Evaluated) -> None:
    found = read(said)
    assert len(found.data.warnings) < 20
    whole = found.data.model_copy(update={"warnings": WARNINGS})
    assert found.model_copy(update={"data": whole}) == said


def test_the_longest_check_loses_nothing_but_warnings() -> None:
    said = longest_check()
    found = read(said)
    assert isinstance(found, Checked)
    assert found.reused is not None
    assert found.reused.data.warnings == []
    reused = found.reused.model_copy(update={"data": said.data})
    assert found.model_copy(update={"data": said.data, "reused": reused}) == said


def read(said: Published | Checked | Evaluated) -> Published | Checked | Evaluated:
    text = result.termination_message(said)
    assert len(text.encode()) <= names.TERMINATION_MESSAGE_BYTES
    parse = result.parse_termination_message
    found = result.parse_evaluation_message(text) if isinstance(said, Evaluated) else parse(text)
    assert not isinstance(found, Failed)
    return found


def test_an_evaluation_is_no_training() -> None:
    text = result.termination_message(longest_evaluation())
    with pytest.raises(InvalidResultError, match="expected tags: 'Published', 'Checked', 'Failed'"):
        result.parse_termination_message(text)
