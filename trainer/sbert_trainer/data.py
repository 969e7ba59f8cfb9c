"""From datasets to the rows that are trained on and the rows that the model is judged by."""

import hashlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sbert_api.reasons import RUN_AGAIN
from sbert_api.v1alpha1.training_status import DataFacts
from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_trainer.errors import DatasetValidationError, TrainingDatasetNotFoundError
from sbert_trainer.roles import Roles
from sbert_trainer.split import split_rows
from sbert_trainer.validation.datasets import Findings, Source, check_present
from sbert_trainer.validation.faults import FaultError
from sbert_trainer.validation.ids import file_name
from sbert_trainer.validation.lines import open_dataset, state_of
from sbert_trainer.validation.rows import Triplet
from sbert_trainer.validation_rows import ChosenRows, ValidationRows, numbered


@dataclass(frozen=True)
class TrainingData:
    """Checked rows, what the status says about them, and the files that they came from."""

    training: list[Triplet]
    validation: list[Triplet]
    facts: DataFacts
    sources: dict[str, Source]
    """By dataset id: rows and digest of each file, the validation set's among them."""
    judged_by: ValidationRows
    """Which rows the validation rows are, for the published model."""


def load_data(root: Path, spec: TrainingTaskSpec) -> TrainingData:
    """Read, check and split the datasets of `spec`.

    Raises TrainingDatasetNotFoundError and DatasetValidationError.
    """
    roles = Roles(spec.train_dataset_ids, spec.val_dataset_id)
    roles.check()
    check_present(root, roles.all_ids)
    findings = Findings()
    rows = {name: list(findings.read(root, name)) for name in roles.all_ids}
    findings.faults.raise_any()
    training = [row for name in roles.trained_on for row in rows[name]]
    if roles.validation_id:
        validation = rows[roles.validation_id]
        judging: dict[str, list[int] | None] = {roles.validation_id: None}
    else:
        split = split_rows(training, spec.validation_fraction, spec.seed)
        training, validation = split.training, split.validation
        judging = numbered(split.chosen, {name: len(rows[name]) for name in roles.trained_on})
    facts = facts_of(findings, roles, len(training), len(validation))
    datasets = {
        name: ChosenRows(digest=findings.digests[name], rows=numbers)
        for name, numbers in judging.items()
    }
    judged_by = ValidationRows(dataset=roles.validation_name, datasets=datasets)
    return TrainingData(training, validation, facts, findings.sources, judged_by)


def facts_of(
    findings: Findings, roles: Roles, training_rows: int, validation_rows: int
) -> DataFacts:
    """What the status says about data that were read and have no faults."""
    return DataFacts(
        train_rows=training_rows,
        validation_rows=validation_rows,
        validation_dataset=roles.validation_name,
        digest=findings.digest,
        warnings=roles.warnings(findings, validation_rows, roles.leak(findings)),
    )


def check_unchanged(sources: dict[str, Source]) -> None:
    """Raise DatasetValidationError if a file holds something else than what was trained on.

    A file that was only touched, copied or renamed is read again, and is the same.
    """
    for dataset_id, source in sources.items():
        if not _is_unchanged(dataset_id, source):
            raise DatasetValidationError(
                f"{file_name(dataset_id)}: was changed during the training, expected what was"
                " trained on, of which the model's card will speak",
                hint=f"Let the datasets be while it runs, and {RUN_AGAIN}.",
            )


def _is_unchanged(dataset_id: str, source: Source) -> bool:
    try:
        with closing(open_dataset(source.folder, dataset_id)) as file:
            state = state_of(file)
            if state == source.state:
                return True
            same_size = state.size == source.state.size
            return same_size and (
                f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" == source.digest
            )
    except (FaultError, TrainingDatasetNotFoundError):
        return False
