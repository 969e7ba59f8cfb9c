"""Runs sentence-transformers' own trainer over the training rows."""

from collections.abc import Sequence
from typing import Any, cast

from datasets import Dataset  # type: ignore[import-untyped]
from sentence_transformers.base.losses import uses_gradient_cache
from torch.utils.data import DataLoader
from transformers import PrinterCallback, TrainerState

from sbert_trainer.checkpoints import Checkpoint
from sbert_trainer.checkpoints_trainer import ResumableTrainer
from sbert_trainer.data_workers import PATIENCE_SECONDS, limit_patience
from sbert_trainer.early_stopping import StopEarly
from sbert_trainer.embedding import Embedder, embed
from sbert_trainer.validation.rows import Triplet


class UnfinishedTrainingError(RuntimeError):
    """The library ended the training before its last step without saying why."""


class TripletTrainer(ResumableTrainer):
    """The library's trainer without its model card, which reads all data anew at the start, and
    with one forward pass over all columns where that is `packed`.
    """

    def __init__(
        self,
        *,
        packed: bool = False,
        patience_seconds: float = PATIENCE_SECONDS,
        **library: Any,
    ) -> None:
        """`library` is what the library's trainer takes."""
        super().__init__(**library)
        self._patience_seconds = patience_seconds
        self._packed = packed
        self._one_loss = cast("Any", self.loss)  # never the library's dict of losses by dataset
        if packed and uses_gradient_cache(self._one_loss):
            self._one_loss.model = Embedder(self.model)

    def compute_loss(
        self,
        model: Any,  # noqa: ANN401
        inputs: dict[str, Any],
        *others: Any,
        **named: Any,
    ) -> Any:  # noqa: ANN401 - as the library has it
        """The library's loss of a batch, from embeddings of one packed pass."""
        if not self._packed:
            return super().compute_loss(model, inputs, *others, **named)
        columns, labels = self.collect_features(inputs)
        if uses_gradient_cache(self._one_loss):
            return self._one_loss(columns, labels)  # it embeds mini-batches, by its Embedder
        return self._one_loss.compute_loss_from_embeddings(embed(self.model, columns), labels)

    def get_train_dataloader(self) -> DataLoader[Any]:
        """The library's, which does not wait for ever for a batch of other processes."""
        loader: DataLoader[Any] = super().get_train_dataloader()
        limit_patience(loader, self._patience_seconds)
        return loader

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        """Add nothing: model_card.py writes the card."""


def fit(
    trainer: TripletTrainer,
    steps: int,
    checkpoint: Checkpoint | None = None,
    stopping: StopEarly | None = None,
) -> None:
    """Train the trainer's model in place for exactly `steps` optimizer steps, or for what is left
    of them after `checkpoint`; for fewer only if `stopping` says so.

    Raises UnfinishedTrainingError, and what the callbacks raise.
    """
    trainer.remove_callback(PrinterCallback)
    trainer.resume(checkpoint)
    check_finished(trainer.state, (stopping and stopping.step) or steps)


def check_finished(state: TrainerState, steps: int) -> None:
    """Raise UnfinishedTrainingError unless every step ran: `train()` may return half-way."""
    if state.global_step != steps:
        raise UnfinishedTrainingError(f"{state.global_step} steps were run, expected {steps}")


def triplet_dataset(rows: Sequence[Triplet]) -> Dataset:
    """The rows as the columns that the library's losses expect, in this order; in memory."""
    return Dataset.from_dict(
        {
            "anchor": [row.question for row in rows],
            "positive": [row.positive for row in rows],
            "negative": [row.negative for row in rows],
        }
    )
