"""How many optimizer steps a run has, and whether the warm-up fits into them. Pure."""

from collections.abc import Sequence
from math import ceil

from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_trainer.batches import Texts, keeps_texts_apart, plan_batches
from sbert_trainer.errors import InvalidHyperparametersError


def total_steps(spec: TrainingTaskSpec, rows: Sequence[Texts]) -> int:
    """Optimizer steps of the whole run. All epochs have as many; an epoch's last step may take
    fewer batches, and a batch fewer rows, than the spec says."""
    if keeps_texts_apart(spec.loss):
        return _steps(spec, len(plan_batches(rows, spec.per_device_train_batch_size)))
    return fewest_steps(spec, len(rows))


def fewest_steps(spec: TrainingTaskSpec, rows: int) -> int:
    """`total_steps` of so many rows if no two share a text."""
    return _steps(spec, ceil(rows / spec.per_device_train_batch_size))


def most_steps(spec: TrainingTaskSpec, rows: int) -> int:
    """`total_steps` of so many rows if all have the same question: none meets another."""
    return _steps(spec, rows) if keeps_texts_apart(spec.loss) else fewest_steps(spec, rows)


def _steps(spec: TrainingTaskSpec, batches: int) -> int:
    return ceil(batches / spec.gradient_accumulation_steps) * spec.epochs


def check_parameters(spec: TrainingTaskSpec, steps: int) -> None:
    """Raise InvalidHyperparametersError for what does not fit a run of `steps`."""
    if spec.warmup_steps > steps:
        raise InvalidHyperparametersError(
            f"warmupSteps: found {spec.warmup_steps}, expected at most {steps}, the optimizer steps"
            f" of {spec.epochs} epochs"
        )
