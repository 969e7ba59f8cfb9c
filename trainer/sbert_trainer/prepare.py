"""All that can be known before torch is loaded: the parameters, the data, the model's files.

Bad input fails here, in a second. It must never import torch.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from sbert_api.task_file import TaskFile
from sbert_api.v1alpha1.training_status import DataFacts
from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_trainer.base_files import BaseFiles
from sbert_trainer.data import TrainingData, load_data
from sbert_trainer.facts import with_warnings
from sbert_trainer.idle_parameters import idle_parameters
from sbert_trainer.log import say
from sbert_trainer.manifest import BaseModel, DatasetEntry, Sources
from sbert_trainer.optimizer_files import find_optimizer_state
from sbert_trainer.roles import Roles
from sbert_trainer.room import check_room
from sbert_trainer.run_records import content_key
from sbert_trainer.steps import check_parameters, total_steps
from sbert_trainer.validation.datasets import Source
from sbert_trainer.validation.model_files import check_model
from sbert_trainer.validation.model_folder import find_model


@dataclass(frozen=True)
class Volumes:
    """Where the volumes are mounted."""

    datasets: Path
    models: Path


@dataclass(frozen=True)
class Base:
    """A checked base model."""

    folder: Path
    optimizer_state: Path | None
    """A folder in it with a state to start the optimizer from."""
    files: BaseFiles
    """The files in it, to be sure of them once the model is loaded."""


@dataclass(frozen=True)
class Inputs:
    """Checked input of a training."""

    data: TrainingData
    steps: int
    """Optimizer steps of the whole run."""
    base: Base
    sources: Sources


def prepare(task: TaskFile, volumes: Volumes) -> Inputs:
    """Check what `task` names. Raises TrainerError."""
    base = check_base(task, volumes.models)
    data = load_data(volumes.datasets, task.spec)
    steps = total_steps(task.spec, [row.texts for row in data.training])
    check_parameters(task.spec, steps)
    facts = with_warnings(data.facts, idle_parameters(task.spec, steps))
    say_facts(facts)
    sources = sources_of(task.spec, data.sources, base.files)
    return Inputs(replace(data, facts=facts), steps, base, sources)


def check_base(task: TaskFile, models: Path) -> Base:
    """Check the base model of `task`, and that there is room for the trained one."""
    folder = find_model(models, task.spec.model_tag)
    files = check_model(folder, models)
    check_room(task, models, files.parameters)
    state = find_optimizer_state(folder, models, task.spec.optimizer_name)
    base_files = BaseFiles(folder, [*files.parts, *filter(None, [state])])
    files.check_numbers()
    return Base(folder, state, base_files)


def say_facts(facts: DataFacts) -> None:
    """Tell people what is trained on, and what is odd about it."""
    say(
        f"training on {facts.train_rows} rows, judged by {facts.validation_rows} of"
        f" {facts.validation_dataset}"
    )
    for warning in facts.warnings:
        say(f"warning: {warning}")


def sources_of(spec: TrainingTaskSpec, read: dict[str, Source], base_files: BaseFiles) -> Sources:
    """What the training starts from, and the key of all runs that yield the same."""
    base_model = BaseModel(tag=spec.model_tag, digest=base_files.digest())
    roles = Roles(spec.train_dataset_ids, spec.val_dataset_id)
    key = content_key(
        spec,
        [read[dataset_id].digest for dataset_id in roles.trained_on],
        read[roles.validation_id].digest if roles.validation_id else None,
        base_model.digest,
    )
    datasets = {
        dataset_id: DatasetEntry(rows=source.rows, digest=source.digest)
        for dataset_id, source in read.items()
    }
    return Sources(base_model, datasets, key)
