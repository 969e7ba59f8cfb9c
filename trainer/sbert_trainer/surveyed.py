"""What is known of data whose rows are not kept: what `data` would say, in little memory.

Up to ROWS_KNOWN rows it is exactly that; beyond, the split is taken at its word and the steps lie
between two bounds.
"""

from dataclasses import dataclass
from pathlib import Path

from sbert_api.v1alpha1.training_status import DataFacts
from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_trainer.data import facts_of
from sbert_trainer.facts import with_warnings
from sbert_trainer.roles import Roles
from sbert_trainer.split import validation_indices
from sbert_trainer.steps import fewest_steps, most_steps, total_steps
from sbert_trainer.validation.datasets import Findings, Source, check_present

ROWS_KNOWN = 250_000
"""To train on: split and batches take up to a kilobyte a row while they are made."""


_Hashes = tuple[int, int, int]
"""What stands for question, positive and negative; see `validation.remembered`."""


@dataclass(frozen=True)
class SurveyedData:
    """Checked data."""

    facts: DataFacts
    sources: dict[str, Source]
    """By dataset id."""
    fewest_steps: int
    """Optimizer steps that the run has at least."""
    most_steps: int
    """And at most."""


def survey_data(root: Path, spec: TrainingTaskSpec) -> SurveyedData:
    """Read and check the datasets of `spec`.

    Raises TrainingDatasetNotFoundError and DatasetValidationError.
    """
    roles = Roles(spec.train_dataset_ids, spec.val_dataset_id)
    roles.check()
    check_present(root, roles.all_ids)
    findings = Findings()
    known: list[_Hashes] = []
    for name in roles.all_ids:
        for row in findings.read(root, name):
            if len(known) <= ROWS_KNOWN and name != roles.validation_id:
                known.append((hash(row.question), hash(row.positive), hash(row.negative)))
    findings.faults.raise_any()
    if len(known) > ROWS_KNOWN:
        known.clear()
        return _estimated(spec, roles, findings)
    return _counted(spec, roles, findings, known)


def _counted(
    spec: TrainingTaskSpec, roles: Roles, findings: Findings, rows: list[_Hashes]
) -> SurveyedData:
    if roles.validation_id:
        training, validation_rows = rows, findings.rows[roles.validation_id]
    else:
        texts = [(question, positive) for question, positive, _ in rows]
        chosen = validation_indices(texts, spec.validation_fraction, spec.seed)
        training = [row for index, row in enumerate(rows) if index not in chosen]
        validation_rows = len(chosen)
    facts = facts_of(findings, roles, len(training), validation_rows)
    steps = total_steps(spec, training)
    return SurveyedData(facts, findings.sources, steps, steps)


def _estimated(spec: TrainingTaskSpec, roles: Roles, findings: Findings) -> SurveyedData:
    rows = sum(findings.rows[name] for name in roles.trained_on)
    if roles.validation_id:
        facts = facts_of(findings, roles, rows, findings.rows[roles.validation_id])
    else:
        split_off = round(spec.validation_fraction * rows)
        facts = facts_of(findings, roles, rows - split_off, split_off)
        about = f"more than {ROWS_KNOWN} rows: how many are split off is counted by the training"
        facts = with_warnings(facts, [about])
    fewest = fewest_steps(spec, facts.train_rows)
    return SurveyedData(facts, findings.sources, fewest, most_steps(spec, facts.train_rows))
