"""Whether a run's model will fit the volume: said before a GPU is used, not when it is trained."""

import shutil
from pathlib import Path

from sbert_api.task_file import TaskFile
from sbert_api.v1alpha1.training_task import Optimizer, TrainingTaskSpec
from sbert_trainer.errors import DiskFullError
from sbert_trainer.files import files_below
from sbert_trainer.log import say
from sbert_trainer.work_folder import path_of_work

_BYTES = 4
"""Of a weight: models are trained and saved in float32."""
_STATES: dict[Optimizer, int] = {
    **dict.fromkeys(("AdamW", "Adam", "NAdam"), 2),
    **dict.fromkeys(("RMSprop", "Adagrad"), 1),
    **dict.fromkeys(("SGD", "Adafactor"), 0),
}
"""Numbers that an optimizer remembers for each weight; Adafactor far less than one."""


def check_room(task: TaskFile, models: Path, parameters: int) -> None:
    """Raise DiskFullError if what the run of `task` will surely write does not fit `models`.

    `parameters` is the base model's. What an earlier attempt has left in the work folder counts as
    free. That the checkpoints may not fit is only said: a short run writes none.
    """
    found = shutil.disk_usage(models)
    if not found.total:
        return  # a filesystem that does not say
    free = found.free + _used(path_of_work(models, task.uid, task.run_key))
    needed = _needed(task.spec, parameters)
    if free < needed:
        raise DiskFullError(
            f"{models}: the trained model needs {_size(needed)}, found {_size(free)} free"
        )
    checkpoint = parameters * _BYTES * (2 + _STATES[task.spec.optimizer_name])
    if free < needed + checkpoint:
        say(
            f"warning: {models}: {_size(free)} are free, the trained model needs {_size(needed)}, a"
            f" checkpoint up to {_size(checkpoint)}: a run of more than a minute may find no room"
        )


def _needed(spec: TrainingTaskSpec, parameters: int) -> int:
    """Bytes of the published folder: the weights, and what the spec adds to them."""
    copies = 1 + (spec.epochs if spec.save_each_epoch else 0)
    states = _STATES[spec.optimizer_name] if spec.save_optimizer_state else 0
    return parameters * _BYTES * (copies + states)


def _used(work: Path) -> int:
    return sum(path.stat().st_size for path in files_below(work))


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e7 else f"{count / 1e6:.3f} MB"
