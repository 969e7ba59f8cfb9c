"""The library's trainer with checkpoints of ours in place of its own, which are pickles.

Its own resuming is used: it finds the epoch and the batch, and calls the methods below to load.
"""

import json
import time
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformerTrainer
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME

from sbert_trainer.checkpoints import Checkpoint, Checkpoints
from sbert_trainer.checkpoints_interval import Interval
from sbert_trainer.checkpoints_random import load_random_states, save_random_states
from sbert_trainer.checkpoints_tensors import (
    load_optimizer,
    load_tensors,
    save_optimizer,
    save_tensors,
)
from sbert_trainer.interruption import Interruption
from sbert_trainer.log import say
from sbert_trainer.resumable import Resumable

_MODEL = "model.safetensors"
_STATE = "state.json"


class WriteCheckpoints(TrainerCallback):
    """Asks the library for a checkpoint when one is due, or when the process is to end."""

    def __init__(
        self, checkpoints: Checkpoints, interval: Interval, interruption: Interruption
    ) -> None:
        """`interval` says when one is due."""
        self._checkpoints = checkpoints
        self._interval = interval
        self._interruption = interruption

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """The interval starts."""
        self._interval.start()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Ask, but not for the last step of an epoch: what happens at its end belongs to it."""
        if not _ends_epoch(args, state):
            control.should_save = self._is_wanted()

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Ask after an epoch."""
        control.should_save = self._is_wanted()

    def _is_wanted(self) -> bool:
        return self._interruption.asked or self._interval.is_due()

    def write(self, trainer: "ResumableTrainer") -> None:
        """Write a checkpoint, and end the training if that was asked for.

        Nothing is written after a step that ends the training before its last: it would go on.
        Raises TrainingInterruptedError, OSError, or safetensors' own error.
        """
        state, step = trainer.state, trainer.state.global_step
        if trainer.control.should_training_stop and step < state.max_steps:
            return
        started = time.monotonic()
        self._checkpoints.write(step, trainer.save_state)
        cost = time.monotonic() - started
        self._interval.written(cost)
        say(f"step {step}: a checkpoint was written in {cost:.1f} s")
        if self._interruption.asked:
            raise self._interruption.error(f"step {step} of {state.max_steps} is kept")


def _ends_epoch(args: TrainingArguments, state: TrainerState) -> bool:
    return state.global_step % (state.max_steps // int(args.num_train_epochs)) == 0


class ResumableTrainer(SentenceTransformerTrainer):
    """Saves and loads all that decides how the training goes on."""

    def resume(self, checkpoint: Checkpoint | None) -> None:
        """Train from a checkpoint, or from the start, to the end."""
        if checkpoint is None:
            self.train()
            return
        say(f"going on after step {checkpoint.step}, of which there is a checkpoint")
        self.train(resume_from_checkpoint=str(checkpoint.folder))

    def save_state(self, folder: Path) -> list[Path]:
        """Write the state into a folder; returns the files outside of it that belong to it."""
        assert self.optimizer
        assert self.lr_scheduler
        saved = {type(part).__name__: part.save() for part in self._resumables()}
        scaler = self.accelerator.scaler
        state = {
            "callbacks": {name: one.state for name, one in saved.items()},
            "scheduler": self.lr_scheduler.state_dict(),
            "scaler": scaler.state_dict() if scaler else None,
        }
        (folder / _STATE).write_text(json.dumps(state))
        self.state.save_to_json(str(folder / TRAINER_STATE_NAME))
        save_tensors(self.model.state_dict(), folder / _MODEL)
        save_optimizer(self.optimizer, folder)
        save_random_states(folder)
        return [path for one in saved.values() for path in one.files]

    def _resumables(self) -> list[Resumable]:
        return [one for one in self.callback_handler.callbacks if isinstance(one, Resumable)]

    def _save_checkpoint(self, model: object, trial: object) -> None:
        for callback in self.callback_handler.callbacks:
            if isinstance(callback, WriteCheckpoints):
                callback.write(self)

    def _load_from_checkpoint(self, checkpoint_path: str, model: object = None) -> None:
        folder = Path(checkpoint_path)
        self.model.load_state_dict(load_tensors(folder / _MODEL))
        states = _read(folder)["callbacks"]
        for callback in self._resumables():
            callback.restore(states[type(callback).__name__])

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint and self.optimizer and self.lr_scheduler:
            load_optimizer(self.optimizer, Path(checkpoint))
            self.lr_scheduler.load_state_dict(_read(Path(checkpoint))["scheduler"])

    def _load_scaler(self, checkpoint: str | None) -> None:
        scaler = self.accelerator.scaler
        if checkpoint and scaler and (state := _read(Path(checkpoint))["scaler"]):
            scaler.load_state_dict(state)

    def _load_rng_state(self, checkpoint: str | None) -> None:
        if checkpoint:
            load_random_states(Path(checkpoint))


def _read(folder: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((folder / _STATE).read_text())
    return state
