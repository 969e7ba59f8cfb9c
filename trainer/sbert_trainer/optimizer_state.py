"""Keeps an optimizer's state with the model that it belongs to, and starts an optimizer from it.

Only what the optimizer learned is taken over: learning rate and weight decay are the new task's.
Safetensors and JSON: no pickle is ever written or opened.
"""

from pathlib import Path
from typing import Any, NamedTuple

from sentence_transformers import SentenceTransformerTrainer
from torch import Tensor, nn
from torch.optim import Optimizer
from transformers import TrainerControl, TrainerState, TrainingArguments

from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_trainer.callbacks import EvaluateAndKeepBest
from sbert_trainer.checkpoints_tensors import load_tensors, save_tensors
from sbert_trainer.log import say
from sbert_trainer.optimizer_files import FOLDER, STATE, TENSORS, StateFacts, read_facts
from sbert_trainer.resumable import Resumable, Saved


class OptimizerState(NamedTuple):
    """What an optimizer remembers, on the CPU."""

    step: int
    """Optimizer steps of the run so far."""
    tensors: dict[str, Tensor]
    """By `<parameter>.<name in the state>`."""
    numbers: dict[str, dict[str, float]]
    """By parameter."""


def state_of(optimizer: Optimizer, model: nn.Module, step: int) -> OptimizerState:
    """A copy of what `optimizer` remembers of each parameter of `model`."""
    state = OptimizerState(step, {}, {})
    for name, parameter in model.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            if isinstance(value, Tensor):
                state.tensors[f"{name}.{key}"] = value.detach().cpu().clone()
            elif value is not None:
                state.numbers.setdefault(name, {})[key] = value
    return state


def save_state(state: OptimizerState, spec: TrainingTaskSpec, model_folder: Path) -> None:
    """Write the state into the folder of a model that is to be published."""
    folder = model_folder / FOLDER
    folder.mkdir()
    save_tensors(state.tensors, folder / TENSORS)
    facts = StateFacts(optimizer_name=spec.optimizer_name, step=state.step, numbers=state.numbers)
    (folder / STATE).write_text(facts.model_dump_json(by_alias=True) + "\n")


def start_from(optimizer: Optimizer, model: nn.Module, folder: Path) -> None:
    """Put a state of the same kind of optimizer into `optimizer`, if it fits the model."""
    facts, tensors = read_facts(folder), load_tensors(folder / TENSORS)
    by_name: dict[str, dict[str, Any]] = {name: dict(own) for name, own in facts.numbers.items()}
    for place, tensor in tensors.items():
        name, _, key = place.rpartition(".")
        by_name.setdefault(name, {})[key] = tensor
    if not by_name:
        return  # plain SGD remembers nothing
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    if misfit := _first_misfit({names[id(p)]: p for p in parameters}, by_name):
        say(f"the optimizer's state of the base model is not used: it does not fit {misfit}")
        return
    # The pooler of a BERT, for one, is never used, has no gradient and so no state.
    found = ((index, by_name.get(names[id(p)])) for index, p in enumerate(parameters))
    state = {index: own for index, own in found if own is not None}
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    say(f"the optimizer starts from its state after step {facts.step} of the base model's training")


def _first_misfit(
    parameters: dict[str, nn.Parameter], state: dict[str, dict[str, Any]]
) -> str | None:
    """A parameter of the state that is not there, or has another shape."""
    for name, own in state.items():
        shapes = _shapes(parameters[name]) if name in parameters else []
        if any(isinstance(value, Tensor) and value.shape not in shapes for value in own.values()):
            return name
    return None


def _shapes(parameter: nn.Parameter) -> list[tuple[int, ...]]:
    """Of a tensor in a state: one number, like the parameter, or Adafactor's rows and columns."""
    shape = tuple(parameter.shape)
    return [(), shape, shape[:-1], shape[:-2] + shape[-1:]]


class KeepOptimizerState(Resumable):
    """Copies the state whenever an evaluation is the best so far: it belongs to those weights."""

    def __init__(
        self, keeper: EvaluateAndKeepBest, trainer: SentenceTransformerTrainer, folder: Path
    ) -> None:
        """`keeper` evaluates and must be called before this; `trainer` has model and optimizer;
        `folder` is for the state once there is a checkpoint."""
        self._keeper = keeper
        self._trainer = trainer
        self._folder = folder
        self._best: OptimizerState | None = None
        self._written_step = -1

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Copy, if the model after this step is the best."""
        self._copy_if_best(state.global_step)

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Copy, if the model after this epoch is the best."""
        self._copy_if_best(state.global_step)

    def _copy_if_best(self, step: int) -> None:
        copied = self._best.step if self._best else -1
        if step == self._keeper.best_step != copied:
            self._best = self._now(step)

    def _now(self, step: int) -> OptimizerState:
        assert self._trainer.optimizer
        return state_of(self._trainer.optimizer, self._trainer.model, step)

    def after(self, step: int) -> OptimizerState:
        """The state after `step`, which is that of the best evaluation or the last of all."""
        if self._best and self._best.step == step:
            return self._best
        return self._now(step)

    def save(self) -> Saved:
        """The numbers; the tensors in a file that stays until there are better weights."""
        if self._best is None:
            return Saved({"step": None})
        path = self._path(self._best.step)
        if self._best.step != self._written_step:
            beside = path.with_name(f".{path.name}.new")
            save_tensors(self._best.tensors, beside)
            beside.replace(path)
            self._written_step = self._best.step
        return Saved({"step": self._best.step, "numbers": self._best.numbers}, (path,))

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the state that belongs to the best weights."""
        step = state["step"]
        if step is not None:
            self._best = OptimizerState(step, load_tensors(self._path(step)), state["numbers"])
            self._written_step = step

    def _path(self, step: int) -> Path:
        return self._folder / f"optimizer-{step}.safetensors"
