"""Optimizers and their parameter groups."""

from typing import get_args

import pytest
import torch
from sentence_transformers import SentenceTransformer
from torch import nn

from sbert_api.v1alpha1.training_task import Optimizer
from sbert_trainer.model import load_model
from sbert_trainer.optimizers import build_optimizer, parameter_groups
from sbert_trainer.prepare import Volumes
from tests.unit.trainer.builders import a_spec


@pytest.fixture
def model(volumes: Volumes) -> SentenceTransformer:
    return load_model(volumes.models / "base", "cpu")


@pytest.mark.parametrize("name", get_args(Optimizer))
def test_each_optimizer_has_its_name_and_learning_rate(model: nn.Module, name: Optimizer) -> None:
    optimizer = build_optimizer(model, a_spec(optimizerName=name, learningRate=0.25))
    assert type(optimizer).__name__ == name
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 0.25]


def test_bias_and_layer_norm_are_not_decayed(model: nn.Module) -> None:
    decayed, others = (
        {id(parameter) for parameter in group["params"]} for group in parameter_groups(model, 0.1)
    )
    for name, parameter in model.named_parameters():
        plain = name.endswith("bias") or "LayerNorm" in name
        assert (id(parameter) in others) == plain, name
        assert (id(parameter) in decayed) != plain, name


def test_without_a_gradient_only_the_decay_moves_the_weights(model: nn.Module) -> None:
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    build_optimizer(model, a_spec(learningRate=0.1, weightDecay=0.5)).step()
    for name, parameter in model.named_parameters():
        plain = name.endswith("bias") or "LayerNorm" in name
        expected = before[name] * (1 if plain else 1 - 0.1 * 0.5)
        torch.testing.assert_close(parameter.detach(), expected)
