"""The GPUs that a task asks for, in its training container's resources. Pure."""

from sbert_api.v1alpha1.evaluation_task import EvaluationTaskSpec
from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_operator.observed import Manifest
from sbert_operator.settings import TrainerSettings

AnySpec = TrainingTaskSpec | EvaluationTaskSpec


def training_resources(spec: AnySpec, settings: TrainerSettings) -> Manifest:
    """The task's resources or the default ones, and GPUs where the device needs them.

    No GPU is added where the limits name a resource of the same vendor, such as a slice of a GPU.
    """
    resources = (spec.resources or settings.resources).as_json()
    limits = dict(resources.get("limits") or {})  # type: ignore[call-overload]
    if spec.wants_gpu and not any(_is_gpu(name, settings) for name in limits):
        limits[settings.gpu_resource] = _needed_by(spec.device)
    return {**resources, "limits": limits} if limits else resources


def gpu_count(spec: AnySpec, settings: TrainerSettings) -> int:
    """GPUs, or slices of one, that a training pod of the task holds."""
    limits = training_resources(spec, settings).get("limits") or {}
    counts = [count for name, count in limits.items() if _is_gpu(name, settings)]
    return sum(int(count) for count in counts if str(count).isdecimal())


def _is_gpu(name: str, settings: TrainerSettings) -> bool:
    vendor = settings.gpu_resource.partition("/")[0]
    return name.partition("/")[0] == vendor


def _needed_by(device: str) -> int:
    """How many GPUs a pod must have for `device` to be among them: the first one is cuda:0."""
    number = device.partition(":")[2]
    return int(number) + 1 if number else 1
