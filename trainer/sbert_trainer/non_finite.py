"""Ends the training at the first number that is not finite, before anything else sees it."""

import math
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from sbert_trainer.errors import NonFiniteLossError
from sbert_trainer.model import first_not_finite


class StopAtNonFinite(TrainerCallback):
    """Looks at the loss, the gradient norm and the weights of every step.

    A loss or a gradient that is not finite mostly means weights that are not. The weights alone
    overflow where the learning rate is far too high; the next loss may still be finite, for a batch
    uses few of the word embeddings. Their norm costs 4 ms a step for MiniLM on 2 cores, 0.3 % of a
    step of 16 triplets.
    """

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        model: torch.nn.Module | None = None,
        **_: Any,
    ) -> None:
        """Raise NonFiniteLossError. A float16 scaler itself skips steps with infinite gradients."""
        watched = {"loss": "loss"} if args.fp16 else {"loss": "loss", "grad_norm": "gradient norm"}
        for key, words in watched.items():
            value = (logs or {}).get(key, 0.0)
            if not math.isfinite(value):
                raise _error(state, f"the {words} is {value}")
        if model is not None and not _norm_is_finite(model):
            name = first_not_finite(model)
            raise _error(
                state, f"weight {name} holds NaN or infinity" if name else "the weights are huge"
            )


def _norm_is_finite(model: torch.nn.Module) -> bool:
    with torch.no_grad():
        return math.isfinite(torch.nn.utils.get_total_norm(model.parameters()).item())


def _error(state: TrainerState, found: str) -> NonFiniteLossError:
    return NonFiniteLossError(
        f"step {state.global_step} of {state.max_steps}: {found}, expected a finite number"
    )
