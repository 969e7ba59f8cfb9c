"""The rows that judge: of a dataset, or the very rows that judged a trained model."""

from pathlib import Path
from typing import Any

import pytest

from sbert_trainer.data import load_data
from sbert_trainer.errors import (
    DatasetValidationError,
    InvalidModelIdError,
    TrainingDatasetNotFoundError,
    TrainingTaskNotFoundError,
)
from sbert_trainer.evaluation_rows import JudgingRows, load_judging_rows
from sbert_trainer.manifest import MANIFEST
from sbert_trainer.prepare import Volumes
from sbert_trainer.trained_rows import trained_rows
from sbert_trainer.validation_rows import VALIDATION_ROWS
from tests.unit.trainer.builders import a_row, a_spec, a_triplet, write_dataset
from tests.unit.trainer.evaluations import MODEL_ID, a_trained_model, an_assignment, some_volumes


@pytest.fixture
def volumes(tmp_path: Path) -> Volumes:
    return some_volumes(tmp_path)


def load(volumes: Volumes, **fields: object) -> JudgingRows:
    return load_judging_rows(volumes.datasets, volumes.models, an_assignment(**fields))


def test_a_dataset_judges_with_all_its_rows(volumes: Volumes) -> None:
    found = load(volumes)
    assert found.triplets == [a_triplet(n) for n in range(60)]
    assert found.facts.dataset == "data/datasets/faq.jsonl"
    assert (found.facts.rows, found.facts.warnings) == (60, [])


def test_some_rows_are_drawn_where_there_are_more(volumes: Volumes) -> None:
    found = load(volumes, maxSamples=50)
    assert len(found.rows) == 50
    numbers = [row.number for row in found.rows]
    assert numbers == sorted(set(numbers)), "in their order, none twice"
    assert found.facts.rows == 60
    assert load(volumes, maxSamples=50) == found
    assert load(volumes, maxSamples=50, randomSeed=1).rows != found.rows


def test_few_drawn_rows_are_warned_of(volumes: Volumes) -> None:
    (warning,) = load(volumes, maxSamples=20).facts.warnings
    assert warning.startswith("few rows judge the model (20)")


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({}, id="split off"),
        pytest.param({"seed": 7, "validationFraction": 0.5}, id="split off otherwise"),
        pytest.param({"trainDatasetIds": ["more", "faq"]}, id="split off several datasets"),
        pytest.param({"valDatasetId": "more"}, id="a dataset of its own"),
    ],
)
def test_a_trained_model_lends_the_very_rows_that_judged_it(
    volumes: Volumes, spec: dict[str, Any]
) -> None:
    write_dataset(volumes.datasets, "more", *[a_row(n) for n in range(100, 140)])
    a_trained_model(volumes, **spec)
    data = load_data(volumes.datasets, a_spec(**spec))
    found = load(volumes, validation_of=MODEL_ID)
    assert found.triplets == data.validation
    assert found.facts.dataset == data.facts.validation_dataset
    assert found.facts.rows == data.facts.validation_rows


def test_a_dataset_that_was_changed_since_the_training_is_refused(volumes: Volumes) -> None:
    a_trained_model(volumes)
    write_dataset(volumes.datasets, "faq", *[a_row(n) for n in range(1, 61)])
    with pytest.raises(DatasetValidationError) as caught:
        load(volumes, validation_of=MODEL_ID)
    assert caught.value.message.startswith("faq.jsonl: was changed since the training, expected")
    assert caught.value.hint.endswith("; or name the rows in datasetId instead of trainingTaskRef.")


def test_a_fault_in_a_changed_dataset_is_told_as_the_change(volumes: Volumes) -> None:
    a_trained_model(volumes)
    write_dataset(volumes.datasets, "faq", a_row(1), b"{}")
    with pytest.raises(DatasetValidationError, match="was changed since the training"):
        load(volumes, validation_of=MODEL_ID)


def test_a_file_that_was_only_copied_is_the_same(volumes: Volumes) -> None:
    a_trained_model(volumes)
    path = volumes.datasets / "faq.jsonl"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)
    assert load(volumes, validation_of=MODEL_ID).facts.rows == 6


def test_a_dataset_that_is_gone_is_named(volumes: Volumes) -> None:
    a_trained_model(volumes)
    (volumes.datasets / "faq.jsonl").unlink()
    with pytest.raises(TrainingDatasetNotFoundError, match=r"faq\.jsonl: not found"):
        load(volumes, validation_of=MODEL_ID)


def test_a_row_with_a_fault_is_named(volumes: Volumes) -> None:
    write_dataset(volumes.datasets, "faq", a_row(1), b"{}")
    with pytest.raises(DatasetValidationError, match=r"faq\.jsonl:2"):
        load(volumes)


def without_a_record(folder: Path) -> None:
    (folder / VALIDATION_ROWS).unlink()


def with_another_record(folder: Path) -> None:
    path = folder / VALIDATION_ROWS
    path.write_text(path.read_text().replace('"rows":[', '"rows":[1,'))


def without_a_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


@pytest.mark.parametrize("damage", [without_a_record, with_another_record, without_a_manifest])
def test_a_model_that_does_not_say_what_judged_it_is_no_trained_model(
    volumes: Volumes, damage: object
) -> None:
    folder = a_trained_model(volumes)
    assert callable(damage)
    damage(folder)
    with pytest.raises(TrainingTaskNotFoundError) as caught:
        load(volumes, validation_of=MODEL_ID)
    assert f"model {MODEL_ID}: its folder does not say by which rows" in caught.value.message
    assert "datasetId" in caught.value.hint


def test_a_trained_model_that_is_gone_is_named(volumes: Volumes) -> None:
    with pytest.raises(InvalidModelIdError, match="no such folder"):
        load(volumes, validation_of=MODEL_ID)


@pytest.mark.parametrize(
    ("spec", "by_reference", "trained_on"),
    [
        pytest.param({}, True, 0, id="its own validation rows"),
        pytest.param({}, False, 54, id="all rows of the set that it was trained on"),
        pytest.param({"valDatasetId": "faq", "trainDatasetIds": ["more"]}, False, 0, id="held out"),
        pytest.param({"trainDatasetIds": ["more"]}, False, 0, id="another dataset"),
    ],
)
def test_rows_that_a_model_was_trained_on_are_counted(
    volumes: Volumes, spec: dict[str, Any], *, by_reference: bool, trained_on: int
) -> None:
    write_dataset(volumes.datasets, "more", *[a_row(n) for n in range(100, 140)])
    folder = a_trained_model(volumes, **spec)
    fields = {"validation_of": MODEL_ID} if by_reference else {}
    assert trained_rows(folder, load(volumes, **fields).rows) == trained_on


def test_a_base_model_says_nothing_of_its_training(volumes: Volumes) -> None:
    assert trained_rows(volumes.models / "base", load(volumes).rows) == 0


def test_a_rival_trained_on_the_rows_of_another_split_is_found_out(volumes: Volumes) -> None:
    a_trained_model(volumes)
    rival = a_trained_model(volumes, "trained_models/rival", seed=9)
    rows = load(volumes, validation_of=MODEL_ID).rows
    own = set(load(volumes, validation_of="trained_models/rival").rows)
    assert trained_rows(rival, rows) == len(set(rows) - own) > 0
