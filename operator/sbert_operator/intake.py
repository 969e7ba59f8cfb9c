"""Where watch events come in: each is counted, told to the resync, and handed to the controller."""

from sbert_operator.controllers import AnyController, Controllers
from sbert_operator.metrics import Metrics
from sbert_operator.observed import Manifest
from sbert_operator.resync import Resync

DELETED = "DELETED"


class Intake:
    """Takes the events of all watches; `change` is None for an item of the list before them."""

    def __init__(self, controllers: Controllers, resync: Resync, metrics: Metrics) -> None:
        self._controllers = controllers
        self._resync = resync
        self._metrics = metrics

    def training_event(self, change: str | None, manifest: Manifest) -> None:
        """A TrainingTask was listed, changed or deleted; evaluations may wait for it."""
        self._task_event(self._controllers.trainings, change, manifest)
        self._controllers.look_at_evaluations_of(manifest)

    def evaluation_event(self, change: str | None, manifest: Manifest) -> None:
        """An EvaluationTask was listed, changed or deleted."""
        self._task_event(self._controllers.evaluations, change, manifest)

    def _task_event(
        self, controller: AnyController, change: str | None, manifest: Manifest
    ) -> None:
        self._metrics.watch_event(controller.handling.kind.name)
        self._resync.watch_saw(manifest)
        if change == DELETED:
            controller.task_deleted(manifest)
        else:
            controller.task_changed(manifest)

    def job_event(self, change: str | None, manifest: Manifest) -> None:
        """A Job with our label was listed, changed or deleted."""
        self._metrics.watch_event("Job")
        self._resync.watch_saw(manifest)
        controller = self._controllers.of_job(manifest)
        if change == DELETED:
            controller.job_deleted(manifest)
        else:
            controller.job_changed(manifest)
