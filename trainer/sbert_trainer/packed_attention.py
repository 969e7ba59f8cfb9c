"""Attention over a row of tokens that holds many texts one after the other, longest text first.

Each text attends to itself; texts of equal length do so together. It is registered with
transformers as an attention implementation, and must only be used with the features that packing.py
makes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface

from sbert_trainer.dropout import Rate

ATTENTION = "packed"
"""Its name among transformers' attention implementations."""

_TOKENS = 512
"""Texts of equal length attend together up to so many tokens: their scores stay in the cache."""


@dataclass(frozen=True)
class Group:
    """Texts of equal length, neighbours in the row."""

    start: int
    """The row's token with which they begin."""
    count: int
    """Texts."""
    length: int
    """Tokens of each text."""

    @property
    def end(self) -> int:
        """The row's token behind them."""
        return self.start + self.count * self.length

    def of(self, row: Tensor) -> Tensor:
        """(tokens, heads, width) of all texts to (texts, heads, length, width) of these, a view."""
        part = row[self.start : self.end]
        return part.view(self.count, self.length, *part.shape[1:]).transpose(1, 2)


def groups_of(lengths: Sequence[int]) -> list[Group]:
    """The groups of texts with these lengths, which descend."""
    groups: list[Group] = []
    first = start = 0
    while first < len(lengths):
        length = lengths[first]
        most = first + max(1, _TOKENS // length)
        last = first + 1
        while last < min(most, len(lengths)) and lengths[last] == length:
            last += 1
        groups.append(Group(start, last - first, length))
        first, start = last, groups[-1].end
    return groups


def packed_attention(  # noqa: PLR0913 - the library calls it so
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    scaling: float | None = None,
    dropout: float = 0.0,
    groups: Sequence[Group],
    **_: Any,
) -> tuple[Tensor, None]:
    """(1, heads, tokens, width) each, to (1, tokens, heads, width): each text's own attention."""
    scaling = query.size(-1) ** -0.5 if scaling is None else scaling
    rows = [part.squeeze(0).transpose(0, 1) for part in (query, key, value)]
    rate = Rate.of(dropout)
    if rate.steps:
        out: Tensor = _DroppedAttention.apply(*rows, groups, scaling, rate)
    else:
        out = _attention(rows, groups, scaling)
    return out.unsqueeze(0), None


def _attention(rows: Sequence[Tensor], groups: Sequence[Group], scaling: float) -> Tensor:
    """Query, key and value, (tokens, heads, width) each, to the same shape."""
    sizes = [group.end - group.start for group in groups]
    # Split at once: autograd would make a row of zeros for each part that is cut out.
    columns = zip(*(row.split_with_sizes(sizes) for row in rows), strict=True)
    parts = []
    for group, column in zip(groups, columns, strict=True):
        alone = Group(0, group.count, group.length)
        query, key, value = (alone.of(part) for part in column)
        out = functional.scaled_dot_product_attention(query, key, value, scale=scaling)
        parts.append(out.transpose(1, 2).flatten(0, 1))
    return torch.cat(parts)


class _DroppedAttention(torch.autograd.Function):
    """softmax(query key^T * scaling) with dropout, times value: Vaswani et al. 2017, section 3.2.1.

    The library's own operations would keep the dropped weights beside the weights for the way back,
    and copy the row for each group. A group is small, so each operation on it costs mostly its
    start: what can be done for the whole row is.
    """

    @staticmethod
    @torch.amp.custom_fwd(  # type: ignore[untyped-decorator]
        device_type="cuda", cast_inputs=torch.float32
    )
    def forward(  # noqa: PLR0913, PLR0917 - torch hands them over by position
        ctx: Any,  # noqa: ANN401
        query: Tensor,
        key: Tensor,
        value: Tensor,
        groups: Sequence[Group],
        scaling: float,
        rate: Rate,
    ) -> Tensor:
        """(tokens, heads, width) each, to the same shape."""
        query = query * scaling
        out = torch.empty_like(query)
        saved = []
        for group in groups:
            q, k, v = (group.of(row).flatten(0, 1) for row in (query, key, value))
            weights = torch.bmm(q, k.transpose(1, 2)).softmax(dim=-1)
            kept = rate.draw_kept(weights)
            dropped = kept.to(weights.dtype).mul_(weights)
            mixed = torch.bmm(dropped, v)
            group.of(out).copy_(mixed.view(group.count, -1, *mixed.shape[1:]))
            saved += [weights, kept]
        out.mul_(rate.scale)
        ctx.save_for_backward(query, key, value, out, *saved)
        ctx.groups, ctx.scaling, ctx.rate = groups, scaling, rate
        return out

    @staticmethod
    @torch.amp.custom_bwd(device_type="cuda")  # type: ignore[untyped-decorator]
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        """The gradients of query, key and value.

        The softmax's is weights * (d_weights - sum(d_weights * weights)), and that sum is
        sum(d_out * out): Dao et al. 2022, FlashAttention, appendix B.2.
        """
        *rows, out = ctx.saved_tensors[:4]
        weights_of, kept_of = ctx.saved_tensors[4::2], ctx.saved_tensors[5::2]
        sums = (grads[0] * out).sum(dim=-1, keepdim=True)
        given = (*rows, grads[0] * ctx.rate.scale, sums)
        results = [torch.empty_like(row) for row in rows]
        for group, weights, kept in zip(ctx.groups, weights_of, kept_of, strict=True):
            q, k, v, d_out, total = (group.of(row).flatten(0, 1) for row in given)
            dropped = kept.to(weights.dtype).mul_(weights)
            d_scores = torch.bmm(d_out, v.transpose(1, 2)).mul_(dropped)
            d_scores.addcmul_(weights, total, value=-1)
            parts = (
                torch.bmm(d_scores, k),
                torch.bmm(d_scores.transpose(1, 2), q),
                torch.bmm(dropped.transpose(1, 2), d_out),
            )
            for result, part in zip(results, parts, strict=True):
                group.of(result).copy_(part.view(group.count, -1, *part.shape[1:]))
        results[0].mul_(ctx.scaling)
        return (*results, None, None, None)


def _no_mask(*_: Any, **__: Any) -> None:
    """The groups bring their own masks."""


AttentionInterface.register(ATTENTION, packed_attention)
AttentionMaskInterface.register(ATTENTION, _no_mask)
