"""How an attempt ends: what is written for the operator, what is said to people."""

import traceback
from collections.abc import Mapping
from pathlib import Path

from sbert_api import names
from sbert_api.evaluation_result import Evaluated
from sbert_api.reasons import HINTS, Reason
from sbert_api.result import Checked, Failed, Published, StepResult, termination_message
from sbert_trainer.errors import DatasetValidationError, InternalError, TrainerError, storage_error
from sbert_trainer.log import say

DEFAULT_LOG = Path(names.TERMINATION_LOG)
_MESSAGE_LENGTH = 1024
_HINT_LENGTH = 512


def as_trainer_error(error: Exception, models: Path) -> TrainerError:
    """What an exception means. The traceback of an unknown one goes to the log."""
    if isinstance(error, TrainerError):
        return error
    if found := storage_error(error, models):
        return found
    traceback.print_exception(error)
    first_line = str(error).strip().partition("\n")[0]
    return InternalError(f"{type(error).__name__}: {first_line}")


def report_failure(error: TrainerError, log: Path, hints: Mapping[Reason, str] = HINTS) -> None:
    """Say why the attempt failed, in lines for people and in the termination message.

    `hints` say what to do where the error itself does not know.
    """
    hint = error.hint or hints[error.reason]
    # A log has room for each error of the data; the termination message says the kinds.
    for line in error.errors if isinstance(error, DatasetValidationError) else [error.message]:
        say(f"{error.reason}: {line}")
    say(hint)
    write_message(
        Failed(
            reason=error.reason,
            message=_cut(error.message, _MESSAGE_LENGTH),
            hint=_cut(hint, _HINT_LENGTH),
        ),
        log,
    )


def report_success(result: Published, log: Path) -> None:
    """Say where the model lies, and write the result."""
    base, trained = result.metrics.base, result.metrics.trained
    say(
        f"published {result.model_id}: tripletAccuracy {base.triplet_accuracy:.4f} ->"
        f" {trained.triplet_accuracy:.4f}, mrr10 {base.mrr10:.4f} -> {trained.mrr10:.4f}"
    )
    write_message(result, log)


def report_checked(result: Checked, log: Path) -> None:
    """Say that the training may begin, or which model makes it needless, and write the result."""
    say(f"all is well; content key {result.content_key}")
    if result.reused:
        say(f"{result.reused.model_id} is the model of an identical run: nothing is to be trained")
    write_message(result, log)


def write_message(result: StepResult | Evaluated, log: Path) -> None:
    """Write the result for the operator.

    The kubelet makes the default file; on a laptop it is missing and nothing is written.
    """
    if log == DEFAULT_LOG and not log.exists():
        return
    try:
        log.write_text(termination_message(result))
    except OSError as error:
        say(f"the termination message cannot be written to {log}: {error.strerror}")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
