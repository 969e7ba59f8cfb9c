"""The choice of device and precision, with the GPUs that the test says there are."""

import os

import pytest
import torch

from sbert_trainer.device import Device, choose_device
from sbert_trainer.errors import GpuUnavailableError
from tests.unit.trainer.builders import a_spec

VISIBLE = "CUDA_VISIBLE_DEVICES"


def there_are_gpus(patch: pytest.MonkeyPatch, visible: str | None, *, bf16: bool = True) -> None:
    """A machine with GPUs, of which the environment shows some."""
    patch.setenv(VISIBLE, visible or "")
    if visible is None:
        patch.delenv(VISIBLE)
    patch.setattr(torch.cuda, "is_available", lambda: os.environ[VISIBLE] not in ("", "-1"))
    patch.setattr(torch.cuda, "get_device_name", lambda _: "NVIDIA H200")
    patch.setattr(torch.cuda, "is_bf16_supported", lambda *, including_emulation: bf16)


@pytest.mark.parametrize(
    ("visible", "device", "left"),
    [
        pytest.param(None, "cuda", "0", id="the first of all"),
        pytest.param(None, "cuda:2", "2", id="the third of all"),
        pytest.param(None, "auto", "0", id="auto takes the first"),
        pytest.param("4,6", "cuda", "4", id="the first of those shown"),
        pytest.param("4,6", "cuda:1", "6", id="the second of those shown"),
        pytest.param("GPU-ab,MIG-cd", "cuda:1", "MIG-cd", id="a name"),
    ],
)
def test_one_gpu_is_left_visible(
    monkeypatch: pytest.MonkeyPatch, visible: str | None, device: str, left: str
) -> None:
    there_are_gpus(monkeypatch, visible)
    assert choose_device(a_spec(device=device)).kind == "cuda"
    assert os.environ[VISIBLE] == left


@pytest.mark.parametrize("visible", ["", "-1"])
def test_gpus_that_are_hidden_stay_hidden(monkeypatch: pytest.MonkeyPatch, visible: str) -> None:
    there_are_gpus(monkeypatch, visible)
    assert choose_device(a_spec(device="auto")).kind == "cpu"


@pytest.mark.parametrize(
    ("use_amp", "bf16", "expected"),
    [
        (True, True, Device("cuda", "cuda (NVIDIA H200)", bf16=True)),
        (True, False, Device("cuda", "cuda (NVIDIA H200)", fp16=True)),
        (False, True, Device("cuda", "cuda (NVIDIA H200)")),
        (False, False, Device("cuda", "cuda (NVIDIA H200)")),
    ],
)
def test_mixed_precision_is_bfloat16_where_the_gpu_has_it(
    monkeypatch: pytest.MonkeyPatch, *, use_amp: bool, bf16: bool, expected: Device
) -> None:
    there_are_gpus(monkeypatch, None, bf16=bf16)
    assert choose_device(a_spec(device="cuda", useAmp=use_amp)) == expected


@pytest.mark.parametrize(
    ("device", "found", "message", "hint"),
    [
        ("cuda", 0, "device cuda: found 0 GPUs, expected at least 1", ""),
        (
            "cuda:3",
            2,
            "device cuda:3: found 2 GPUs, expected at least 4",
            "Give the pod 4 GPUs in resources.limits, or set device to cuda:1 or lower.",
        ),
        (
            "cuda:1",
            2,
            "device cuda:1: found 2 GPUs, but CUDA cannot use number 1; expected a driver and a GPU"
            " that this build of torch can use",
            "",
        ),
    ],
)
def test_a_gpu_that_is_not_there_is_named_with_what_is_there(
    monkeypatch: pytest.MonkeyPatch, device: str, found: int, message: str, hint: str
) -> None:
    monkeypatch.setenv(VISIBLE, "5,7")
    monkeypatch.setattr(torch.version, "cuda", "13.2")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    counted = {"5,7": found}  # with the environment as it was
    monkeypatch.setattr(torch.cuda, "device_count", lambda: counted[os.environ[VISIBLE]])
    with pytest.raises(GpuUnavailableError) as caught:
        choose_device(a_spec(device=device))
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_torch_without_cuda_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VISIBLE, "-1")
    monkeypatch.setattr(torch.version, "cuda", None)
    with pytest.raises(GpuUnavailableError, match="device cuda: this build of torch has no CUDA"):
        choose_device(a_spec(device="cuda"))
