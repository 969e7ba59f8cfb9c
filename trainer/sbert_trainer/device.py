"""Chooses the device and its precision. Never falls back to a CPU where a GPU was asked for."""

import os
from dataclasses import dataclass
from typing import Protocol

import torch

from sbert_trainer.cpus import available_cpus
from sbert_trainer.errors import GpuUnavailableError
from sbert_trainer.log import say

_VISIBLE = "CUDA_VISIBLE_DEVICES"
_NONE = "-1"


class Wish(Protocol):
    """What a TrainingTask's spec says of the device."""

    @property
    def device(self) -> str:
        """cpu, cuda, cuda:N or auto."""

    @property
    def wants_gpu(self) -> bool:
        """Whether nothing but a GPU will do."""

    @property
    def use_amp(self) -> bool:
        """Whether to compute in mixed precision."""


@dataclass(frozen=True)
class FullPrecision:
    """The wish of an evaluation: models are compared in float32."""

    device: str
    wants_gpu: bool
    use_amp: bool = False


@dataclass(frozen=True)
class Device:
    """Where the training runs."""

    kind: str
    """cpu or cuda."""
    name: str
    """For people: what it is."""
    bf16: bool = False
    """bfloat16 autocast."""
    fp16: bool = False
    """float16 autocast with a gradient scaler."""


def choose_device(spec: Wish) -> Device:
    """The device that `spec` names. Raises GpuUnavailableError.

    It must come before anything else touches CUDA: one GPU is left visible, or the library would
    spread each batch over all of them.
    """
    if spec.device != "cpu":
        visible = os.environ.get(_VISIBLE)
        number = int(spec.device.partition(":")[2] or 0)
        os.environ[_VISIBLE] = _only(number, visible)
        if torch.cuda.is_available():
            return _gpu(spec)
        if spec.wants_gpu:
            raise _unavailable(spec.device, number, visible)
    if spec.use_amp:
        say("useAmp: mixed precision is not used on a CPU, where it is slower")
    threads = available_cpus()
    torch.set_num_threads(threads)
    return Device("cpu", f"cpu ({threads} threads)")


def _only(number: int, visible: str | None) -> str:
    """The name, for CUDA, of the GPU with this number among those that are visible."""
    if visible is None:
        return str(number)
    shown = visible.split(",")
    return shown[number] if number < len(shown) else _NONE


def _gpu(spec: Wish) -> Device:
    bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
    return Device(
        "cuda",
        f"cuda ({torch.cuda.get_device_name(0)})"[:64],
        bf16=spec.use_amp and bf16,
        fp16=spec.use_amp and not bf16,
    )


def _unavailable(device: str, number: int, visible: str | None) -> GpuUnavailableError:
    """Why GPU `number` of those that were `visible` cannot be used."""
    if torch.version.cuda is None:
        return GpuUnavailableError(f"device {device}: this build of torch has no CUDA")
    if visible is None:
        del os.environ[_VISIBLE]
    else:
        os.environ[_VISIBLE] = visible
    found = torch.cuda.device_count()
    if number < found:
        return GpuUnavailableError(
            f"device {device}: found {found} GPUs, but CUDA cannot use number {number};"
            " expected a driver and a GPU that this build of torch can use"
        )
    message = f"device {device}: found {found} GPUs, expected at least {number + 1}"
    if not found:
        return GpuUnavailableError(message)
    return GpuUnavailableError(
        message,
        hint=f"Give the pod {number + 1} GPUs in resources.limits, or set device to"
        f" cuda:{found - 1} or lower.",
    )
