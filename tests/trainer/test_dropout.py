"""Dropout with cheap random numbers drops as often as asked, and its gradients are right."""

from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sbert_trainer.dropout import FastDropout, Rate, fast_dropout, fast_dropouts
from sbert_trainer.packed_attention import groups_of, packed_attention

LENGTHS = [7, 5, 5, 5, 1]
HEADS, WIDTH = 2, 4


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_share_and_the_scale_are_those_that_were_asked_for(p: float) -> None:
    torch.manual_seed(0)
    dropped = fast_dropout(torch.ones(1000, 1000), p)
    assert float((dropped == 0).float().mean()) == pytest.approx(p, abs=0.002)
    assert sorted(set(dropped[0].tolist())) == pytest.approx([0, 1 / (1 - p)], rel=1e-4)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.01)


def test_neighbours_drop_independently() -> None:
    """Four of them are made from one random number."""
    torch.manual_seed(0)
    kept = Rate.of(0.5).draw_kept(torch.empty(250_000, 4)).float()
    torch.testing.assert_close(torch.corrcoef(kept.T), torch.eye(4), rtol=0, atol=0.01)


def test_the_gradient_is_zero_where_the_output_is() -> None:
    x = torch.full((101,), 2.0, requires_grad=True)
    out: Any = fast_dropout(x, 0.5)
    out.backward(torch.full_like(x, 3.0))
    assert 20 < int((out == 0).sum()) < 80
    assert x.grad is not None
    assert torch.equal(x.grad, out.detach() * 1.5)


def test_nothing_is_dropped_in_evaluation_or_at_zero() -> None:
    x = torch.randn(100)
    assert torch.equal(FastDropout(0.5).eval()(x), x)
    assert torch.equal(FastDropout(0.0).train()(x), x)
    assert not torch.equal(FastDropout(0.5).train()(x), x)


def test_a_model_drops_so_only_for_a_while() -> None:
    model = nn.Sequential(nn.Dropout(0.1), nn.Linear(2, 2), nn.Dropout1d(0.1))
    before = [type(module) for module in model]
    with fast_dropouts(model):
        assert [type(module) for module in model] == [FastDropout, *before[1:]]
    assert [type(module) for module in model] == before


def attention(query: Tensor, key: Tensor, value: Tensor, dropout: float) -> Tensor:
    torch.manual_seed(1)
    out, _ = packed_attention(
        nn.Module(), query, key, value, None, dropout=dropout, groups=groups_of(LENGTHS)
    )
    return out


def rows() -> list[Tensor]:
    torch.manual_seed(0)
    shape = (1, HEADS, sum(LENGTHS), WIDTH)
    return [torch.randn(shape, dtype=torch.float64, requires_grad=True) for _ in range(3)]


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_the_gradients_of_attention_are_right(dropout: float) -> None:
    """Against differences of the outputs, with the same random numbers for each."""
    assert torch.autograd.gradcheck(partial(attention, dropout=dropout), rows())


def test_attention_stays_inside_of_each_text() -> None:
    for dropout in (0.0, 0.3):
        query, key, value = rows()
        start = sum(LENGTHS[:2])
        loss: Any = attention(query, key, value, dropout)[:, start : start + LENGTHS[2]].sum()
        loss.backward()
        assert value.grad is not None
        reached = value.grad.abs().sum(dim=(0, 1, 3)).nonzero().flatten().tolist()
        assert set(reached) <= set(range(start, start + LENGTHS[2]))
        assert reached


def test_attention_without_what_is_dropped_is_the_same_on_average() -> None:
    query, key, value = (row.detach() for row in rows())
    whole = attention(query, key, value, 0.0)
    groups = groups_of(LENGTHS)
    torch.manual_seed(0)
    some = [
        packed_attention(nn.Module(), query, key, value, None, dropout=0.3, groups=groups)[0]
        for _ in range(2000)
    ]
    assert float((torch.stack(some).mean(dim=0) - whole).abs().max()) < 0.1
