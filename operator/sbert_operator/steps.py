"""The steps of a run, and what names them: in the status, on a Job's label, in a Job's name."""

from dataclasses import dataclass

from sbert_api import names
from sbert_api.v1alpha1.training_status import Step


@dataclass(frozen=True)
class Stage:
    """One step. A Job's name has room for a suffix of five letters."""

    step: Step
    label: str
    suffix: str
    container: str


PREFLIGHT = Stage("Preflight", "preflight", "check", names.PREFLIGHT_CONTAINER)
TRAIN = Stage("Train", "train", "train", names.TRAINER_CONTAINER)
EVALUATE_LABEL, EVALUATE_SUFFIX = "evaluate", "eval"
"""The one step of an evaluation."""
AGAIN = "again"
"""Suffix of a second training Job, which only fetches the result that the first one told nobody."""

_BY_STEP = {stage.step: stage for stage in (PREFLIGHT, TRAIN)}


def stage_of(step: Step) -> Stage:
    """The stage of a step that a status names."""
    return _BY_STEP[step]


def stage_of_label(label: str) -> Stage:
    """The stage of a Job by its label; a training where it says none."""
    return PREFLIGHT if label == PREFLIGHT.label else TRAIN
