"""An EvaluationTask from the YAML that kubectl takes, for an evaluation outside a cluster.

What the operator would look up is looked up here: a trainingTaskRef is found among the models that
were trained on this machine. Torch-free.
"""

from pathlib import Path

from sbert_api import names
from sbert_api.evaluation_file import EvaluationFile, Task, Trained, build_evaluation_file
from sbert_api.v1alpha1.evaluation_task import EvaluationTaskSpec
from sbert_trainer.errors import TrainingTaskNotFoundError
from sbert_trainer.forms import EVALUATION
from sbert_trainer.local_file import Local, read_local
from sbert_trainer.log import say
from sbert_trainer.run_records import recorded_models

_CLUSTER_ONLY = {"storage", "resources", "suspend", "ttlSecondsAfterFinished"}


def read_local_evaluation(
    file: Path, models: Path, name: str | None = None, device: str | None = None
) -> EvaluationFile:
    """The EvaluationTask in `file`, or the one of several that is called `name`.

    `device` takes the place of the spec's. Raises UsageError, which names file and line, and
    TrainingTaskNotFoundError.
    """
    found = read_local(file, EVALUATION, _CLUSTER_ONLY, name, device)
    task = Task(found.name, found.namespace, found.uid, found.run_key)
    return build_evaluation_file(task, found.spec, _trained(found, models))


def _trained(task: Local[EvaluationTaskSpec], models: Path) -> Trained | None:
    """The model of the TrainingTask that is referred to: the one trained last, if it ran often."""
    if task.spec.training_task_ref is None:
        return None
    wanted = task.spec.training_task_ref.name
    mine = [
        manifest
        for manifest in recorded_models(models)
        if (manifest.task["namespace"], manifest.task["name"]) == (task.namespace, wanted)
    ]
    if not mine:
        raise TrainingTaskNotFoundError(
            f"trainingTaskRef {wanted}: no model of this TrainingTask is recorded in {models}",
            hint="Train it first: sbert-trainer train, with the same --models.",
        )
    newest = max(mine, key=lambda manifest: names.trained_at(manifest.model_id))
    say(f"trainingTaskRef {wanted}: {newest.model_id}")
    return Trained(newest.model_id, newest.base_model.tag)
