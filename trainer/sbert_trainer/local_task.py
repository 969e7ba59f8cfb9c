"""A TrainingTask from the YAML that kubectl takes, for a training outside a cluster. Torch-free.

The same file run again goes on where an interrupted run ended.
"""

from datetime import datetime
from pathlib import Path

from sbert_api import names
from sbert_api.task_file import TaskFile
from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_trainer.forms import TRAINING
from sbert_trainer.local_file import Local, read_local

_CLUSTER_ONLY = {
    *("preflight", "reuse", "suspend", "queueName", "ttlSecondsAfterFinished"),
    *("storage", "resources", "nodeSelector", "tolerations", "backoffLimit"),
}


class LocalTask(Local[TrainingTaskSpec]):
    """A task whose model has no id yet: that says when its run began."""

    def begun(self, time: datetime) -> TaskFile:
        """The assignment of a run that began at `time`."""
        tag, path = self.spec.model_tag, self.spec.output_path
        return TaskFile(
            name=self.name,
            namespace=self.namespace,
            uid=self.uid,
            run_key=self.run_key,
            model_id=names.trained_model_id(path, tag, time, self.uid),
            spec=self.spec,
        )


def read_local_task(file: Path, name: str | None = None, device: str | None = None) -> LocalTask:
    """The TrainingTask in `file`, or the one of several that is called `name`.

    `device` takes the place of the spec's. Raises UsageError, which names file and line.
    """
    found = read_local(file, TRAINING, _CLUSTER_ONLY, name, device)
    return LocalTask(found.name, found.namespace, found.spec)
