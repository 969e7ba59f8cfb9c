"""Data whose rows are not kept: what is said of them, against what a training says."""

import random
from pathlib import Path
from typing import Any

import pytest

from sbert_trainer import surveyed
from sbert_trainer.data import load_data
from sbert_trainer.errors import DatasetValidationError
from sbert_trainer.steps import total_steps
from sbert_trainer.surveyed import survey_data
from tests.unit.trainer.builders import a_line, a_row, a_spec, write_dataset

ABOUT = "more than 9 rows: how many are split off is counted by the training"


def some_rows(count: int, texts: int) -> list[dict[str, str]]:
    """Rows that share many of so many texts."""
    rng = random.Random(3)

    def text(kind: str) -> str:
        return f"{kind} {rng.randrange(texts)}"

    return [a_row(question=text("q"), positive=text("p"), negative=text("n")) for _ in range(count)]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="split"),
        pytest.param({"validationFraction": 0.4, "seed": 7}, id="a large split"),
        pytest.param({"valDatasetId": "held"}, id="a validation set"),
        pytest.param(
            {"trainDatasetIds": ["faq", "held"], "valDatasetId": "held"}, id="one of the datasets"
        ),
        pytest.param({"trainDatasetIds": ["more", "faq"]}, id="two datasets"),
        pytest.param({"loss": "TripletLoss", "epochs": 3}, id="another loss"),
        pytest.param({"gradientAccumulationSteps": 3}, id="accumulation"),
    ],
)
def test_facts_and_steps_are_those_of_a_training(tmp_path: Path, fields: dict[str, Any]) -> None:
    write_dataset(tmp_path, "faq", *some_rows(300, texts=400))
    write_dataset(tmp_path, "held", *some_rows(20, texts=30))
    write_dataset(tmp_path, "more", *map(a_row, range(50)))
    spec = a_spec(**fields)
    data, found = load_data(tmp_path, spec), survey_data(tmp_path, spec)
    steps = total_steps(spec, [row.texts for row in data.training])
    assert (found.facts, found.sources) == (data.facts, data.sources)
    assert (found.fewest_steps, found.most_steps) == (steps, steps)


@pytest.fixture
def _nine_rows_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveyed, "ROWS_KNOWN", 9)


@pytest.mark.usefixtures("_nine_rows_known")
def test_of_more_rows_the_split_is_estimated_and_the_steps_are_bounded(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", *map(a_row, range(20)))
    found = survey_data(tmp_path, a_spec(perDeviceTrainBatchSize=4, epochs=2))
    assert (found.facts.train_rows, found.facts.validation_rows) == (18, 2)
    assert found.facts.warnings[-1] == ABOUT
    assert (found.fewest_steps, found.most_steps) == (10, 36)


@pytest.mark.usefixtures("_nine_rows_known")
@pytest.mark.parametrize(("rows", "known"), [(9, True), (10, False)])
def test_rows_that_only_judge_the_model_do_not_count(
    tmp_path: Path, rows: int, known: bool
) -> None:
    write_dataset(tmp_path, "faq", *map(a_row, range(rows)))
    write_dataset(tmp_path, "held", *map(a_row, range(50, 70)))
    found = survey_data(tmp_path, a_spec(valDatasetId="held"))
    assert (found.facts.train_rows, found.facts.validation_rows) == (rows, 20)
    assert (found.fewest_steps == found.most_steps) == known
    assert ABOUT not in found.facts.warnings


@pytest.mark.usefixtures("_nine_rows_known")
def test_the_steps_of_a_loss_that_looks_at_each_row_alone_are_known(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", *map(a_row, range(20)))
    found = survey_data(tmp_path, a_spec(loss="TripletLoss", perDeviceTrainBatchSize=4))
    assert (found.fewest_steps, found.most_steps) == (5, 5)


@pytest.mark.usefixtures("_nine_rows_known")
def test_d33_a_fault_behind_the_rows_that_are_known_is_found(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", *map(a_row, range(20)), a_line(negative=""))
    with pytest.raises(DatasetValidationError, match=r"faq\.jsonl:21: negative"):
        survey_data(tmp_path, a_spec())
