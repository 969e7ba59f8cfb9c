"""Dropout with cheap random numbers: 16 random bits for each element instead of a Bernoulli draw.

The probability is rounded to a multiple of 1/65536; the scale of what is kept fits the rounded one,
so that the expected value is exact. Only torch's global generators are used.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

_STEPS = 1 << 16
_NUMBERS_IN_A_DRAW = 4  # 16 bits each of 64: the generator is asked three times less


@dataclass(frozen=True)
class Rate:
    """How much is dropped."""

    steps: int
    """Dropped elements of 65536."""

    @classmethod
    def of(cls, p: float) -> "Rate":
        """The rate that is nearest to the probability `p`."""
        return cls(round(p * _STEPS))

    @property
    def scale(self) -> float:
        """What the kept elements are multiplied by."""
        return _STEPS / max(1, _STEPS - self.steps)

    def draw_kept(self, like: Tensor) -> Tensor:
        """A random mask of the shape of `like`, of bytes: 0 where an element is dropped, else 1.

        Bytes, not bool, and the numbers compared in place: torch has fast kernels for these alone.
        """
        count = like.numel()
        drawn = torch.empty(-(-count // _NUMBERS_IN_A_DRAW), dtype=torch.int64, device=like.device)
        numbers = drawn.random_(-(1 << 63), None).view(torch.int16)[:count].view(like.shape)
        return numbers.ge_(self.steps - _STEPS // 2).to(torch.uint8)


class _Dropped(torch.autograd.Function):
    """Zeros at random, with the same zeros in the gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, rate: Rate) -> Tensor:  # noqa: ANN401
        """`x` with some elements zeroed, the others scaled."""
        kept = rate.draw_kept(x)
        ctx.save_for_backward(kept)
        ctx.rate = rate
        return _masked(x, kept, rate)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401
        """The gradient of `x`."""
        (kept,) = ctx.saved_tensors
        return _masked(grads[0], kept, ctx.rate), None


def _masked(x: Tensor, kept: Tensor, rate: Rate) -> Tensor:
    return kept.to(x.dtype).mul_(rate.scale).mul_(x)  # twice as fast as one product of two types


def fast_dropout(x: Tensor, p: float) -> Tensor:
    """`x` with each element zeroed with probability `p`, the others divided by 1 - `p`."""
    rate = Rate.of(p)
    if not rate.steps:
        return x
    result: Tensor = _Dropped.apply(x, rate)
    return result


class FastDropout(nn.Dropout):
    """nn.Dropout with cheap random numbers."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the library's name
        """Drop in training, pass on in evaluation."""
        return fast_dropout(input, self.p) if self.training else input


@contextmanager
def fast_dropouts(model: nn.Module) -> Iterator[None]:
    """Within it, each nn.Dropout of `model` is a FastDropout; afterwards all are as they were."""
    layers = [module for module in model.modules() if type(module) is nn.Dropout]
    for layer in layers:
        layer.__class__ = FastDropout
    try:
        yield
    finally:
        for layer in layers:
            layer.__class__ = nn.Dropout
