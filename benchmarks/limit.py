"""What the machine's matrix product allows: the products of a step alone, nothing around them."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

_SECONDS = 1.5


@dataclass(frozen=True)
class Shape:
    """The sizes of a BERT-like encoder."""

    layers: int
    width: int
    inner: int
    """Width between the two halves of the feed-forward part."""

    @classmethod
    def of(cls, model: Path) -> "Shape":
        """Read from a model folder's configuration."""
        config = json.loads((model / "config.json").read_text())
        names = ("num_hidden_layers", "hidden_size", "intermediate_size")
        return cls(*(config[name] for name in names))

    def products(self) -> list[tuple[int, int]]:
        """(inputs, outputs) of the linear maps of a layer: query, key, value, out, up, down."""
        attention = [(self.width, self.width)] * 4
        return [*attention, (self.width, self.inner), (self.inner, self.width)]


def step_flop(shape: Shape, lengths: Sequence[int]) -> float:
    """Floating point operations of a training step on texts of these lengths (tokens).

    A product of (m, k) and (k, n) counts 2mkn; the backward pass has two for each of the forward
    pass. A text of n tokens also has n x n scores, and as many products to mix the values.
    """
    linear = 2 * sum(i * o for i, o in shape.products()) * sum(lengths)
    attention = 4 * shape.width * sum(length**2 for length in lengths)
    return 3.0 * shape.layers * (linear + attention)


def flop_rate(shape: Shape, tokens: int) -> float:
    """Floating point operations a second in the linear maps of a layer, for a row of `tokens`."""
    maps = [
        (torch.randn(tokens, i), torch.randn(tokens, o), torch.randn(o, i))
        for i, o in shape.products()
    ]
    flop = 6.0 * tokens * sum(i * o for i, o in shape.products())
    _multiply(maps)
    started = time.perf_counter()
    rounds = 0
    while (seconds := time.perf_counter() - started) < _SECONDS:
        _multiply(maps)
        rounds += 1
    return flop * rounds / seconds


def _multiply(maps: Sequence[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]) -> None:
    """Output, gradient of the input, gradient of the weights, by (tokens, in), (tokens, out), W."""
    for given, gradient, weights in maps:
        torch.mm(given, weights.T)
        torch.mm(gradient, weights)
        torch.mm(gradient.T, given)
