"""The controllers of all kinds of tasks, and which of them an object is for."""

from dataclasses import dataclass

from sbert_operator.cluster import Cluster
from sbert_operator.controller import Controller
from sbert_operator.handling import EVALUATION, TRAINING
from sbert_operator.metrics import Metrics
from sbert_operator.observed import Evaluation, Key, Manifest, Task
from sbert_operator.reading import job_of
from sbert_operator.settings import TrainerSettings

AnyController = Controller[Task] | Controller[Evaluation]


@dataclass(frozen=True)
class Controllers:
    """One controller for each kind."""

    trainings: Controller[Task]
    evaluations: Controller[Evaluation]

    @property
    def all(self) -> tuple[AnyController, ...]:
        """All of them."""
        return self.trainings, self.evaluations

    def of_job(self, manifest: Manifest) -> AnyController:
        """The controller of the tasks that a Job belongs to."""
        kind = job_of(manifest).owner_kind
        return self.evaluations if kind == EVALUATION.kind.name else self.trainings

    def job_changed(self, manifest: Manifest) -> bool:
        """A Job was seen; whether that was news."""
        return self.of_job(manifest).job_changed(manifest)

    def look_at_evaluations_of(self, manifest: Manifest) -> None:
        """A TrainingTask changed: look at the evaluations that wait for it."""
        meta = manifest["metadata"]
        training = Key(meta["namespace"], meta["name"])
        for task in self.evaluations.cache.tasks:
            ref = task.spec and task.spec.training_task_ref
            if ref and not task.finished and Key(task.key.namespace, ref.name) == training:
                self.evaluations.queue.add(task.key)


def build_controllers(cluster: Cluster, settings: TrainerSettings, metrics: Metrics) -> Controllers:
    """The controllers of an operator."""
    return Controllers(
        Controller(cluster, TRAINING, settings, metrics),
        Controller(cluster, EVALUATION, settings, metrics),
    )
