"""Reads and checks the evaluation file, which an operator of another version may have written."""

from pathlib import Path

from sbert_api.evaluation_file import EvaluationFile
from sbert_trainer.errors import UsageError
from sbert_trainer.task import check_word, read_assignment
from sbert_trainer.validation.ids import is_task_name


def read_evaluation(path: Path) -> EvaluationFile:
    """The assignment in a file. Raises UsageError, InvalidDatasetIdError, InvalidModelIdError."""
    task = read_assignment(path, EvaluationFile)
    check_word(path, "runKey", task.run_key)
    if not is_task_name(task.name):
        raise UsageError(f"the task file {path}: name: expected the name of an EvaluationTask")
    if (task.spec.dataset_id is None) == (task.validation_of is None):
        raise UsageError(
            f"the task file {path}: expected one of spec.datasetId and validationOf, which say by"
            " which rows to judge"
        )
    if task.spec.pass_if and not task.baseline_model_tag:
        raise UsageError(f"the task file {path}: passIf needs a baselineModelTag")
    return task
