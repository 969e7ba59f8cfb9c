"""Writes what each step yielded into the training log, and takes it up where a checkpoint was."""

from typing import Any

from transformers import TrainerControl, TrainerState, TrainingArguments

from sbert_api.task_file import TaskFile
from sbert_api.v1alpha1.scores import Scores
from sbert_trainer.resumable import Resumable, Saved
from sbert_trainer.training_log import TrainingLog


class RecordSteps(Resumable):
    """Passes each step on to the training log."""

    def __init__(self, log: TrainingLog, task: TaskFile, base: Scores) -> None:
        """`base`: the base model's scores."""
        self._log = log
        self._task = task
        self._base = base

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Begin the log, unless a checkpoint was loaded just before."""
        if state.global_step == 0:
            self._log.begin(self._task, self._base)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Note a step."""
        if logs and "loss" in logs:
            self._log.step(state.global_step, state.epoch or 0.0, logs)

    def save(self) -> Saved:
        """How far the log is."""
        return Saved({"size": self._log.size()}, (self._log.path,))

    def restore(self, state: dict[str, Any]) -> None:
        """Drop what an attempt wrote after the checkpoint."""
        self._log.cut(state["size"])
