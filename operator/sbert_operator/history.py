"""Earlier runs of a task: what its status keeps of them. Pure."""

from datetime import datetime

from sbert_api.v1alpha1.training_status import HISTORY, PastRun, TrainingTaskStatus
from sbert_operator import times
from sbert_operator.usage import usage_at_end


def history_with(before: TrainingTaskStatus, now: datetime, gpus: int) -> list[PastRun]:
    """The history when the run of the status `before` becomes a past one, the latest first.

    `gpus`: what its pod holds, if it is still at work.
    """
    if before.run is None:
        return before.history
    past = PastRun(
        key=before.run.key,
        phase=before.phase,
        reason=before.reason,
        start_time=before.start_time,
        end_date=before.end_date or times.as_text(now),
        trained_model_id=before.trained_model_id,
        usage=usage_at_end(before, now, gpus),
    )
    return [past, *before.history][:HISTORY]
