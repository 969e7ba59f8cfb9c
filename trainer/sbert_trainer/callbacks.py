"""What happens beside the training steps: progress, time, scores, epoch models."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentence_transformers import SentenceTransformer
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from sbert_api.v1alpha1.scores import Scores
from sbert_trainer.checkpoints_tensors import load_tensors, save_tensors
from sbert_trainer.evaluation import Evaluation, Judged
from sbert_trainer.files import files_below
from sbert_trainer.log import say
from sbert_trainer.progress import ProgressReport
from sbert_trainer.resumable import Resumable, Saved
from sbert_trainer.training_log import TrainingLog

if TYPE_CHECKING:
    import torch

    from sbert_trainer.metrics import RowScores


class ReportProgress(TrainerCallback):
    """Passes each step on to the progress report."""

    def __init__(self, report: ProgressReport) -> None:
        """`report` writes the lines."""
        self._report = report

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Report the step from which the training starts or goes on."""
        self._report.start(state.global_step)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Report a step with its loss. The history is not kept: it would grow with every step."""
        if logs and "loss" in logs:
            self._report.step(state.global_step, logs["loss"])
        state.log_history.clear()


class MeasureTime(Resumable):
    """Adds up the time of the training over all attempts, as far as they were not in vain."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is in seconds."""
        self._clock = clock
        self._before = 0.0
        self._started = clock()

    @property
    def seconds(self) -> float:
        """Time used so far, in tenths."""
        return round(self._before + self._clock() - self._started, 1)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """The time of this attempt starts."""
        self._started = self._clock()

    def save(self) -> Saved:
        """The time so far."""
        return Saved({"seconds": self.seconds})

    def restore(self, state: dict[str, Any]) -> None:
        """Add to the time of earlier attempts."""
        self._before = state["seconds"]


class EvaluateAndKeepBest(Resumable):
    """Scores the model every so many steps, and keeps a copy of the best weights."""

    def __init__(
        self,
        evaluation: Evaluation,
        log: TrainingLog,
        every_steps: int,
        folder: Path,
        *,
        keep_best: bool,
    ) -> None:
        """`every_steps` 0 means at the end of each epoch; `folder` is for the best weights once
        there is a checkpoint."""
        self._evaluation = evaluation
        self._log = log
        self._every_steps = every_steps
        self._folder = folder
        self._keep_best = keep_best
        self._scored_step = 0
        self._last: Scores | None = None
        self._best: tuple[Scores, int, dict[str, torch.Tensor]] | None = None
        self._written_step = -1
        self._judged: dict[int, RowScores] = {}

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: SentenceTransformer | None = None,
        **_: Any,
    ) -> None:
        """Evaluate if a multiple of `every_steps` is reached."""
        if model and self._every_steps and state.global_step % self._every_steps == 0:
            self._evaluate(model, state.global_step)

    def on_epoch_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: SentenceTransformer | None = None,
        **_: Any,
    ) -> None:
        """Evaluate if that is to be done at the end of each epoch."""
        if model and not self._every_steps:
            self._evaluate(model, state.global_step)

    @property
    def latest(self) -> tuple[int, Scores | None]:
        """The step after which the model was scored last, and its scores."""
        return self._scored_step, self._last

    @property
    def best_step(self) -> int | None:
        """The step whose weights are kept as the best."""
        return self._best[1] if self._best else None

    def save(self) -> Saved:
        """The scores; the best weights in a file that stays until there are better ones."""
        state: dict[str, Any] = {"step": self._scored_step}
        if self._last is None:
            return Saved(state)
        state["last"] = self._last.as_json()
        if self._best is None:
            return Saved(state)
        scores, step, weights = self._best
        path = self._path_of_best(step)
        if step != self._written_step:
            save_tensors(weights, path)
            self._written_step = step
        return Saved({**state, "best": scores.as_json(), "bestStep": step}, (path,))

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the scores and the best weights."""
        self._scored_step = state["step"]
        self._last = Scores.model_validate(state["last"]) if "last" in state else None
        if "best" in state:
            step = self._written_step = state["bestStep"]
            weights = load_tensors(self._path_of_best(step))
            self._best = (Scores.model_validate(state["best"]), step, weights)

    def _path_of_best(self, step: int) -> Path:
        return self._folder / f"best-{step}.safetensors"

    def finish(self, model: SentenceTransformer, step: int) -> Judged:
        """Leave the weights to publish in `model`, and return what they make of each row."""
        if self._last is None or self._scored_step != step:
            self._evaluate(model, step)
        assert self._last is not None
        if self._best is None:
            return self._judge(model, step)
        _, best_step, weights = self._best
        say(f"the weights of step {best_step} scored best and are published")
        model.load_state_dict(weights)
        return self._judge(model, best_step)

    def _judge(self, model: SentenceTransformer, step: int) -> Judged:
        """Rows that an earlier attempt scored are scored again: checkpoints hold only the means."""
        rows = self._judged.get(step)
        return Judged(step, self._evaluation.judge(model) if rows is None else rows)

    def _evaluate(self, model: SentenceTransformer, step: int) -> None:
        rows = self._evaluation.judge(model)
        scores = rows.scores()
        self._log.evaluation(step, scores)
        say(
            f"step {step}: tripletAccuracy {scores.triplet_accuracy:.4f}, mrr10 {scores.mrr10:.4f},"
            f" ndcg10 {scores.ndcg10:.4f}"
        )
        self._last, self._scored_step = scores, step
        if self._keep_best and (self._best is None or rank(scores) > rank(self._best[0])):
            copy = {name: t.detach().cpu().clone() for name, t in model.state_dict().items()}
            self._best = (scores, step, copy)
        best = self._best[1] if self._best else step
        self._judged = {s: r for s, r in {**self._judged, step: rows}.items() if s in (best, step)}


def rank(scores: Scores) -> tuple[float, float]:
    """The better the scores, the higher: mrr10 decides between equal accuracies."""
    return scores.triplet_accuracy, scores.mrr10


class SaveEachEpoch(Resumable):
    """Saves a loadable model at the end of each epoch."""

    def __init__(self, folder: Path) -> None:
        """Models become `<folder>/epoch-1`, `epoch-2`, and so on."""
        self._folder = folder
        self._saved = 0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Remove the models of epochs that are yet to come: an earlier attempt had come further."""
        for path in self._folder.glob("epoch-*"):
            if path not in self._models():
                shutil.rmtree(path)

    def on_epoch_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        model: SentenceTransformer | None = None,
        **_: Any,
    ) -> None:
        """Save the model as it is now, unless the training was ended within the epoch."""
        assert model is not None
        if state.epoch is None or not state.epoch.is_integer():
            return
        self._saved += 1
        model.save_pretrained(str(self._models()[-1]), create_model_card=False)

    def save(self) -> Saved:
        """How many models there are; the models themselves."""
        files = (file for folder in self._models() for file in files_below(folder))
        return Saved({"saved": self._saved}, tuple(files))

    def restore(self, state: dict[str, Any]) -> None:
        """Go on after the models that there are."""
        self._saved = state["saved"]

    def _models(self) -> list[Path]:
        return [self._folder / f"epoch-{number}" for number in range(1, self._saved + 1)]
