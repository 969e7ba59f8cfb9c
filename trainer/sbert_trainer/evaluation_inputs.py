"""All of an evaluation that can be known before torch is loaded: the models' files, the rows.

Bad input fails here, in a second. It must never import torch.
"""

from dataclasses import dataclass
from pathlib import Path

from sbert_api.evaluation_file import EvaluationFile
from sbert_api.v1alpha1.evaluation_status import EvaluationData
from sbert_trainer.base_files import BaseFiles
from sbert_trainer.evaluation_rows import JudgingRow, JudgingRows, load_judging_rows
from sbert_trainer.log import say
from sbert_trainer.manifest import BaseModel
from sbert_trainer.prepare import Volumes
from sbert_trainer.trained_rows import trained_rows
from sbert_trainer.validation.model_files import check_model
from sbert_trainer.validation.model_folder import find_model


@dataclass(frozen=True)
class CheckedModel:
    """A model whose files are good."""

    identity: BaseModel
    folder: Path
    files: BaseFiles
    """To be sure of them once the model is loaded."""


@dataclass(frozen=True)
class EvaluationInputs:
    """Checked input of an evaluation."""

    model: CheckedModel
    baseline: CheckedModel | None
    rows: JudgingRows


def prepare_evaluation(task: EvaluationFile, volumes: Volumes) -> EvaluationInputs:
    """Check what `task` names. Raises TrainerError."""
    tag = task.baseline_model_tag
    model = _checked(volumes.models, task.model_tag)
    baseline = _checked(volumes.models, tag) if tag else None
    judging = load_judging_rows(volumes.datasets, volumes.models, task)
    warnings = [
        *judging.facts.warnings,
        *_warnings_of_trained_rows(model, judging.rows),
        *(_warnings_of_trained_rows(baseline, judging.rows) if baseline else []),
    ]
    facts = judging.facts.model_copy(update={"warnings": warnings})
    _say(task, facts, len(judging.rows))
    return EvaluationInputs(model, baseline, JudgingRows(judging.rows, facts))


def _checked(models: Path, tag: str) -> CheckedModel:
    folder = find_model(models, tag)
    files = check_model(folder, models)
    base_files = BaseFiles(folder, files.parts)
    files.check_numbers()
    return CheckedModel(BaseModel(tag=tag, digest=base_files.digest()), folder, base_files)


def _warnings_of_trained_rows(model: CheckedModel, rows: list[JudgingRow]) -> list[str]:
    count = trained_rows(model.folder, rows)
    if not count:
        return []
    return [
        f"{count} of {len(rows)} rows were trained on by {model.identity.tag}: its scores look"
        " better than it is"
    ]


def _say(task: EvaluationFile, facts: EvaluationData, drawn: int) -> None:
    against = f" against {task.baseline_model_tag}" if task.baseline_model_tag else ""
    say(f"evaluating {task.model_tag}{against} by {drawn} of {facts.rows} rows of {facts.dataset}")
    for warning in facts.warnings:
        say(f"warning: {warning}")
