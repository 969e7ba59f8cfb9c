"""From datasets to training and validation rows."""

import os
import shutil
from pathlib import Path

import pytest

from sbert_api.reasons import RUN_AGAIN
from sbert_trainer.data import TrainingData, check_unchanged, load_data
from sbert_trainer.errors import DatasetValidationError
from sbert_trainer.validation.rows import Triplet
from tests.unit.trainer.builders import a_row, a_spec, a_triplet, write_dataset

FEW = "few rows judge the model (3), so its scores have wide intervals: better 50 or more"


def test_datasets_are_merged_in_their_order_and_split(tmp_path: Path) -> None:
    write_dataset(tmp_path, "one", *[a_row(n) for n in range(10)])
    write_dataset(tmp_path, "two", *[a_row(n) for n in range(10, 20)])
    data = load_data(tmp_path, a_spec(trainDatasetIds=["two", "one"]))
    assert (data.facts.train_rows, data.facts.validation_rows) == (18, 2)
    assert data.facts.validation_dataset == "data/datasets/two.jsonl#auto-split"
    questions = [row.question for row in data.training]
    order = [a_row(n)["question"] for n in [*range(10, 20), *range(10)]]
    assert questions == [question for question in order if question in questions]


def test_the_validation_rows_are_known_by_dataset_and_number(tmp_path: Path) -> None:
    rows = {"one": [a_row(n) for n in range(10)], "two": [a_row(n) for n in range(10, 30)]}
    for name, its_rows in rows.items():
        write_dataset(tmp_path, name, *its_rows)
    data = load_data(tmp_path, a_spec(trainDatasetIds=["two", "one"], validationFraction=0.5))
    judged_by = data.judged_by
    assert judged_by.dataset == "data/datasets/two.jsonl#auto-split"
    assert list(judged_by.datasets) == ["two", "one"]
    found = [
        Triplet(**rows[name][number - 1])
        for name, chosen in judged_by.datasets.items()
        for number in chosen.rows or []
    ]
    assert found == data.validation
    assert judged_by.datasets["one"].digest == data.sources["one"].digest


def test_a_validation_set_of_its_own_is_known_as_a_whole(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", a_row(1))
    write_dataset(tmp_path, "held", a_row(2))
    judged_by = load_data(tmp_path, a_spec(valDatasetId="held")).judged_by
    assert judged_by.dataset == "data/datasets/held.jsonl"
    assert {name: chosen.rows for name, chosen in judged_by.datasets.items()} == {"held": None}


def test_validation_fraction_decides_the_share(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", *[a_row(n) for n in range(20)])
    assert load_data(tmp_path, a_spec(validationFraction=0.5)).facts.validation_rows == 10


def test_an_explicit_validation_set_is_taken_whole(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", *[a_row(n) for n in range(5)])
    write_dataset(tmp_path, "held", *[a_row(n) for n in range(5, 8)])
    data = load_data(tmp_path, a_spec(valDatasetId="held"))
    assert data.validation == [a_triplet(n) for n in range(5, 8)]
    assert len(data.training) == 5
    assert data.facts.validation_dataset == "data/datasets/held.jsonl"
    assert data.facts.warnings == [FEW]


def test_a_validation_set_among_the_train_datasets_is_not_trained_on(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", *[a_row(n) for n in range(5)])
    write_dataset(tmp_path, "held", *[a_row(n) for n in range(5, 8)])
    data = load_data(tmp_path, a_spec(trainDatasetIds=["faq", "held"], valDatasetId="held"))
    assert data.training == [a_triplet(n) for n in range(5)]
    assert data.facts.warnings == [
        "held is named as train and as validation dataset: its 3 rows are not trained on",
        FEW,
    ]


def test_texts_on_both_sides_of_an_explicit_validation_are_warned_of(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", *[a_row(n) for n in range(5)])
    write_dataset(tmp_path, "held", a_row(1), a_row(9))
    assert load_data(tmp_path, a_spec(valDatasetId="held")).facts.warnings == [
        "1 of 7 rows are exact duplicates of another row",
        "1 of 5 training rows share a question or positive with the validation set:"
        " the scores will look better than the model is",
        FEW.replace("3", "2"),
    ]


def test_nothing_to_train_on_is_an_error(tmp_path: Path) -> None:
    write_dataset(tmp_path, "held", a_row())
    with pytest.raises(DatasetValidationError) as caught:
        load_data(tmp_path, a_spec(trainDatasetIds=["held"], valDatasetId="held"))
    assert caught.value.message == (
        "found no train dataset beside the validation set held, expected at least one"
    )


def test_errors_of_all_datasets_are_reported_together(tmp_path: Path) -> None:
    write_dataset(tmp_path, "one", b"1")
    write_dataset(tmp_path, "two", b"2")
    with pytest.raises(DatasetValidationError) as caught:
        load_data(tmp_path, a_spec(trainDatasetIds=["one", "two"]))
    assert [error.partition(": ")[0] for error in caught.value.errors] == [
        "one.jsonl:1",
        "two.jsonl:1",
    ]


def test_d25_a_single_row_cannot_be_split(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", a_row())
    with pytest.raises(DatasetValidationError, match="expected at least two groups"):
        load_data(tmp_path, a_spec())


def test_d26_rows_that_repeat_their_question_are_counted(tmp_path: Path) -> None:
    write_dataset(
        tmp_path, "faq", *[a_row(n, question=f"T{n}", positive=f"T{n}") for n in range(4)]
    )
    assert load_data(tmp_path, a_spec()).facts.warnings[0] == (
        "4 of 4 rows have the question as positive or negative"
    )


def test_enough_validation_rows_are_not_warned_of(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", *[a_row(n) for n in range(500)])
    data = load_data(tmp_path, a_spec())
    assert (data.facts.validation_rows, data.facts.warnings) == (50, [])


@pytest.fixture
def read(tmp_path: Path) -> TrainingData:
    """Data of faq.jsonl and held.jsonl, as they were read."""
    write_dataset(tmp_path, "faq", *[a_row(n) for n in range(5)])
    write_dataset(tmp_path, "held", a_row(8), a_row(9))
    return load_data(tmp_path, a_spec(valDatasetId="held"))


def test_files_that_were_only_touched_or_copied_are_unchanged(
    tmp_path: Path, read: TrainingData
) -> None:
    os.utime(tmp_path / "faq.jsonl", (0, 0))
    shutil.copy(tmp_path / "held.jsonl", tmp_path / "copy")
    (tmp_path / "copy").rename(tmp_path / "held.jsonl")
    check_unchanged(read.sources)


@pytest.mark.parametrize("name", ["faq.jsonl", "held.jsonl"])
@pytest.mark.parametrize("change", ["removed", "longer", "other"])
def test_d31_a_dataset_that_was_changed_since_is_named(
    tmp_path: Path, read: TrainingData, name: str, change: str
) -> None:
    path = tmp_path / name
    content = path.read_bytes()
    path.unlink()
    if change != "removed":
        path.write_bytes(content + b"\n" if change == "longer" else content.swapcase())
    changed = f"{name}: was changed during the training"
    with pytest.raises(DatasetValidationError, match=changed) as found:
        check_unchanged(read.sources)
    assert RUN_AGAIN in found.value.hint
