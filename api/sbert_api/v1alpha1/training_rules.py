"""The rules of a TrainingTask that concern more than one field, for files at the desk. Pure.

The API server judges by the CEL rules of the CRD; this is the same for a task that never gets
there. Rules of resources are left out: only a cluster looks at those.
"""

from collections.abc import Callable
from typing import Protocol

from sbert_api.v1alpha1.common import Resources
from sbert_api.v1alpha1.training_task import (
    DISTINCT_DATASETS,
    NO_GPU_ON_CPU,
    SOMETHING_TO_TRAIN_ON,
    TrainingTaskSpec,
)


def _distinct_datasets(spec: TrainingTaskSpec) -> bool:
    return len(set(spec.train_dataset_ids)) == len(spec.train_dataset_ids)


def _something_to_train_on(spec: TrainingTaskSpec) -> bool:
    return set(spec.train_dataset_ids) != {spec.val_dataset_id}


class AsksForDevice(Protocol):
    """A spec that says where it is computed, and by what resources."""

    @property
    def device(self) -> str:
        """The device."""

    @property
    def resources(self) -> Resources | None:
        """Of the container."""


def no_gpu_on_cpu(spec: AsksForDevice) -> bool:
    """Whether NO_GPU_ON_CPU holds; it is a rule of both kinds."""
    limits = (spec.resources and spec.resources.limits) or {}
    return spec.device != "cpu" or not any("/gpu" in name for name in limits)


_RULES: tuple[tuple[dict[str, str], Callable[[TrainingTaskSpec], bool]], ...] = (
    (DISTINCT_DATASETS, _distinct_datasets),
    (SOMETHING_TO_TRAIN_ON, _something_to_train_on),
    (NO_GPU_ON_CPU, no_gpu_on_cpu),
)


def broken_rules(spec: TrainingTaskSpec) -> list[tuple[str, str]]:
    """The field and the words of each rule that `spec` breaks, as the API server would say them."""
    return [
        (rule["fieldPath"].removeprefix("."), rule["message"])
        for rule, holds in _RULES
        if not holds(spec)
    ]
