"""The library's trainer and everything that happens beside its steps, put together."""

from dataclasses import dataclass

from sentence_transformers import SentenceTransformer

from sbert_api.task_file import TaskFile
from sbert_trainer.arguments import build_arguments
from sbert_trainer.attempt import Attempt
from sbert_trainer.base_rows import KeepBaseRows
from sbert_trainer.callbacks import (
    EvaluateAndKeepBest,
    MeasureTime,
    ReportProgress,
    SaveEachEpoch,
)
from sbert_trainer.checkpoints import Checkpoints
from sbert_trainer.checkpoints_trainer import WriteCheckpoints
from sbert_trainer.device import Device
from sbert_trainer.early_stopping import StopEarly
from sbert_trainer.evaluation import Evaluation
from sbert_trainer.fitting import TripletTrainer, triplet_dataset
from sbert_trainer.forward_pass import is_packed
from sbert_trainer.losses import build_loss
from sbert_trainer.metrics import RowScores
from sbert_trainer.non_finite import StopAtNonFinite
from sbert_trainer.optimizer_state import KeepOptimizerState, start_from
from sbert_trainer.optimizers import build_optimizer
from sbert_trainer.prepare import Inputs
from sbert_trainer.progress import ProgressReport
from sbert_trainer.record_steps import RecordSteps
from sbert_trainer.schedulers import build_scheduler
from sbert_trainer.training_log import TRAINING_LOG, TrainingLog


@dataclass(frozen=True)
class Parts:
    """What is needed during the training, and asked for its outcome after it."""

    trainer: TripletTrainer
    log: TrainingLog
    progress: ProgressReport
    timer: MeasureTime
    keeper: EvaluateAndKeepBest
    stopping: StopEarly
    optimizer_state: KeepOptimizerState


def build_trainer(
    task: TaskFile, inputs: Inputs, attempt: Attempt, model: SentenceTransformer, device: Device
) -> TripletTrainer:
    """The library's trainer; its loss sees true triplets: anchor, positive, negative."""
    spec = task.spec
    optimizer = build_optimizer(model, spec)
    if inputs.base.optimizer_state:
        start_from(optimizer, model, inputs.base.optimizer_state)
    return TripletTrainer(
        model=model,
        args=build_arguments(spec, device, attempt.work.path / "trainer"),
        train_dataset=triplet_dataset(inputs.data.training),
        loss=build_loss(model, spec),
        optimizers=(optimizer, build_scheduler(optimizer, spec, inputs.steps)),
        packed=is_packed(spec.forward_pass, device.kind),
    )


def build_parts(  # noqa: PLR0913, PLR0917 - each is made by a step of the training
    task: TaskFile,
    inputs: Inputs,
    attempt: Attempt,
    trainer: TripletTrainer,
    checkpoints: Checkpoints,
    evaluation: Evaluation,
    base: RowScores,
) -> Parts:
    """Everything beside the steps, in the order in which it happens after a step."""
    spec, folder = task.spec, checkpoints.folder
    log = TrainingLog(folder / TRAINING_LOG, inputs.steps)
    keeper = EvaluateAndKeepBest(
        evaluation, log, spec.evaluation_steps, folder, keep_best=spec.save_best_model
    )
    parts = Parts(
        trainer=trainer,
        log=log,
        progress=ProgressReport(
            inputs.steps, spec.epochs, len(inputs.data.training), show_bar=spec.show_progress_bar
        ),
        timer=MeasureTime(),
        keeper=keeper,
        stopping=StopEarly(keeper, spec.early_stopping_patience),
        optimizer_state=KeepOptimizerState(keeper, trainer, folder),
    )
    for callback in (
        StopAtNonFinite(),
        *([SaveEachEpoch(attempt.work.epochs)] if spec.save_each_epoch else []),
        ReportProgress(parts.progress),
        parts.timer,
        RecordSteps(log, task, base.scores()),
        keeper,
        parts.stopping,
        *([parts.optimizer_state] if spec.save_optimizer_state else []),
        KeepBaseRows(base, folder),
        # Last, so that it keeps what the others made of the step.
        WriteCheckpoints(checkpoints, attempt.interval, attempt.interruption),
    ):
        trainer.add_callback(callback)
    return parts
