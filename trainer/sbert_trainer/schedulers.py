"""The table of schedulers: spec value -> how the learning rate goes over the steps of a run."""

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR
from transformers import SchedulerType
from transformers.optimization import get_scheduler

from sbert_api.v1alpha1.training_task import Scheduler, TrainingTaskSpec

_SCHEDULERS: dict[Scheduler, SchedulerType] = {
    "constantlr": SchedulerType.CONSTANT_WITH_WARMUP,
    "warmupconstant": SchedulerType.CONSTANT_WITH_WARMUP,
    "warmuplinear": SchedulerType.LINEAR,
    "warmupcosine": SchedulerType.COSINE,
    "warmupcosinewithhardrestarts": SchedulerType.COSINE_WITH_RESTARTS,
}


def build_scheduler(optimizer: Optimizer, spec: TrainingTaskSpec, total_steps: int) -> LambdaLR:
    """The schedule that `spec` names, over `total_steps` optimizer steps; restarts each epoch."""
    kind = _SCHEDULERS[spec.scheduler]
    restarts = {"num_cycles": spec.epochs} if kind is SchedulerType.COSINE_WITH_RESTARTS else None
    schedule: LambdaLR = get_scheduler(
        kind, optimizer, spec.warmup_steps, total_steps, scheduler_specific_kwargs=restarts
    )
    return schedule
