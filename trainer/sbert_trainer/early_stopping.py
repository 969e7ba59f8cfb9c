"""Ends the training when it no longer makes the model better."""

from typing import Any

from transformers import TrainerControl, TrainerState, TrainingArguments

from sbert_trainer.callbacks import EvaluateAndKeepBest, rank
from sbert_trainer.log import say
from sbert_trainer.resumable import Resumable, Saved


class StopEarly(Resumable):
    """Counts evaluations in a row that are no better than the best so far."""

    def __init__(self, keeper: EvaluateAndKeepBest, patience: int) -> None:
        """`keeper` evaluates and must be called before this; `patience` 0: the training never ends
        early."""
        self._keeper = keeper
        self._patience = patience
        self._best: tuple[float, float] | None = None
        self._best_step = 0
        self._worse = 0
        self._seen_step = 0
        self.step: int | None = None
        """The step after which the training was ended, if it was."""

    def words(self, steps: int) -> list[str]:
        """What happened, for the result of a run that had `steps` before it; nothing mostly."""
        if self.step is None:
            return []
        return [
            f"the training was ended after step {self.step} of {steps}: the last {self._patience}"
            f" evaluations were no better than that of step {self._best_step}"
        ]

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Judge, if there was an evaluation after this step."""
        self._judge(state, control)

    def on_epoch_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Judge, if there was an evaluation after this epoch."""
        self._judge(state, control)

    def _judge(self, state: TrainerState, control: TrainerControl) -> None:
        step, scores = self._keeper.latest
        if scores is None or step == self._seen_step or not self._patience:
            return
        self._seen_step = step
        if self._best is None or rank(scores) > self._best:
            self._best, self._best_step, self._worse = rank(scores), step, 0
            return
        self._worse += 1
        if self._worse >= self._patience and step < state.max_steps:
            self.step = step
            control.should_training_stop = True
            say(*self.words(state.max_steps))

    def save(self) -> Saved:
        """What was counted so far."""
        return Saved(
            {
                "best": self._best,
                "bestStep": self._best_step,
                "worse": self._worse,
                "seenStep": self._seen_step,
            }
        )

    def restore(self, state: dict[str, Any]) -> None:
        """Go on counting."""
        self._best = tuple(state["best"]) if state["best"] else None
        self._best_step, self._worse = state["bestStep"], state["worse"]
        self._seen_step = state["seenStep"]
