"""Names the parameters that were set and change nothing in this run. Pure.

A parameter is set if it differs from its default. What it would need to matter is said beside it:
nothing may be accepted and ignored.
"""

from sbert_api.v1alpha1.training_task import TrainingTaskSpec


def idle_parameters(spec: TrainingTaskSpec, steps: int) -> list[str]:
    """A warning for each parameter without effect in a run of `steps` optimizer steps."""
    found = {
        "tripletMargin": _triplet_margin(spec),
        "validationFraction": _validation_fraction(spec),
        "scheduler": _scheduler(spec, steps),
        "evaluationSteps": _evaluation_steps(spec, steps),
        "saveOptimizerState": _save_optimizer_state(spec),
        "earlyStoppingPatience": _early_stopping_patience(spec, steps),
    }
    return [f"{name} has no effect: {why}" for name, why in found.items() if why]


def _triplet_margin(spec: TrainingTaskSpec) -> str:
    if not _is_set(spec, "triplet_margin") or spec.loss == "TripletLoss":
        return ""
    return f"loss is {spec.loss}, only TripletLoss has a margin"


def _validation_fraction(spec: TrainingTaskSpec) -> str:
    if not _is_set(spec, "validation_fraction") or spec.val_dataset_id is None:
        return ""
    return f"valDatasetId names the validation set, {spec.val_dataset_id}"


def _scheduler(spec: TrainingTaskSpec, steps: int) -> str:
    if not _is_set(spec, "scheduler") or spec.warmup_steps < steps:
        return ""
    return f"warmupSteps takes all {steps} steps of the run"


def _evaluation_steps(spec: TrainingTaskSpec, steps: int) -> str:
    if spec.evaluation_steps <= steps:
        return ""
    return f"the run has {steps} steps; the model is scored once, after the last"


def _save_optimizer_state(spec: TrainingTaskSpec) -> str:
    return "SGD has no state" if spec.save_optimizer_state and spec.optimizer_name == "SGD" else ""


def _early_stopping_patience(spec: TrainingTaskSpec, steps: int) -> str:
    """The first evaluation is the best so far; as many as the patience may follow in vain."""
    between = spec.evaluation_steps or steps // spec.epochs
    if not spec.early_stopping_patience or (spec.early_stopping_patience + 1) * between < steps:
        return ""
    return f"the run has only {-(-steps // between)} evaluations"


def _is_set(spec: TrainingTaskSpec, field: str) -> bool:
    return bool(getattr(spec, field) != TrainingTaskSpec.model_fields[field].default)
