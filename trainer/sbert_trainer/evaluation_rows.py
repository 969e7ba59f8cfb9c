"""The rows that judge an evaluation: read, checked and drawn. Torch-free."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sbert_api.evaluation_file import EvaluationFile
from sbert_api.reasons import RUN_AGAIN
from sbert_api.v1alpha1.evaluation_status import EvaluationData
from sbert_trainer.errors import DatasetValidationError, TrainingTaskNotFoundError
from sbert_trainer.manifest import read_manifest
from sbert_trainer.roles import few_rows_warnings
from sbert_trainer.validation.datasets import Findings, check_present
from sbert_trainer.validation.ids import file_name
from sbert_trainer.validation.model_folder import find_model
from sbert_trainer.validation.rows import Triplet
from sbert_trainer.validation_rows import ValidationRows, read_validation_rows


class JudgingRow(NamedTuple):
    """A row, and where it comes from."""

    triplet: Triplet
    digest: str
    """Of the dataset's file."""
    number: int
    """Of the row in it, counted from 1."""


class JudgingRows(NamedTuple):
    """The rows that were drawn, and what is said of the set that they were drawn from."""

    rows: list[JudgingRow]
    facts: EvaluationData

    @property
    def triplets(self) -> list[Triplet]:
        """The rows without where they come from."""
        return [row.triplet for row in self.rows]


def load_judging_rows(datasets: Path, models: Path, task: EvaluationFile) -> JudgingRows:
    """Read and check the rows that `task` names, and draw maxSamples of them.

    Raises TrainingDatasetNotFoundError, DatasetValidationError, InvalidModelIdError and
    TrainingTaskNotFoundError.
    """
    lent = recorded_rows(models, task.validation_of) if task.validation_of else None
    ids = list(lent.datasets) if lent else [task.spec.dataset_id or ""]
    check_present(datasets, ids)
    findings = Findings()
    read = {name: list(findings.read(datasets, name)) for name in ids}
    if lent:
        _check_same(lent, findings.digests)
    findings.faults.raise_any()
    rows = _rows(read, findings.digests, lent)
    drawn = draw(rows, task.spec.max_samples, task.spec.random_seed)
    facts = EvaluationData(
        dataset=lent.dataset if lent else f"data/datasets/{file_name(ids[0])}",
        rows=len(rows),
        digest=findings.digest,
        warnings=[*findings.warnings(), *few_rows_warnings(len(drawn))],
    )
    return JudgingRows(drawn, facts)


def recorded_rows(models: Path, model_id: str) -> ValidationRows:
    """The validation rows of a trained model. Raises TrainingTaskNotFoundError where nothing whole
    says which they are."""
    folder = find_model(models, model_id)
    found = read_manifest(folder)
    rows = read_validation_rows(folder, found[0]) if found else None
    if rows is None:
        raise TrainingTaskNotFoundError(
            f"model {model_id}: its folder does not say by which rows it was judged, expected a"
            " model as a TrainingTask published it",
            hint="Name the rows in datasetId instead of trainingTaskRef.",
        )
    return rows


def _check_same(lent: ValidationRows, digests: Mapping[str, str]) -> None:
    """Raise DatasetValidationError for a file in which the row numbers mean nothing."""
    for dataset_id, chosen in lent.datasets.items():
        found = digests.get(dataset_id)
        if found is not None and found != chosen.digest:
            raise DatasetValidationError(
                f"{file_name(dataset_id)}: was changed since the training, expected"
                f" {chosen.digest[:19]}…, found {found[:19]}…: its rows are no longer those that"
                " judged the trained model",
                hint=f"Put the old file back, then {RUN_AGAIN}; or name the rows in datasetId"
                " instead of trainingTaskRef.",
            )


def _rows(
    read: Mapping[str, list[Triplet]], digests: Mapping[str, str], lent: ValidationRows | None
) -> list[JudgingRow]:
    """All rows of the files, or those that are lent."""
    rows = []
    for dataset_id, triplets in read.items():
        numbers = lent.datasets[dataset_id].rows if lent else None
        for number in range(1, len(triplets) + 1) if numbers is None else numbers:
            rows.append(JudgingRow(triplets[number - 1], digests[dataset_id], number))
    return rows


def draw(rows: Sequence[JudgingRow], most: int, seed: int) -> list[JudgingRow]:
    """At most so many of the rows, drawn by `seed`, in their order."""
    if len(rows) <= most:
        return list(rows)
    drawn = random.Random(seed).sample(range(len(rows)), most)  # noqa: S311 - no secret
    return [rows[index] for index in sorted(drawn)]
