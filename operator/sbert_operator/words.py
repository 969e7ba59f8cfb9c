"""What a status says to people. Pure."""

from sbert_api.evaluation_result import Evaluated
from sbert_api.result import Checked
from sbert_api.v1alpha1.gate import GateResult
from sbert_api.v1alpha1.training_status import Progress, Run
from sbert_operator.observed import Job


def attempt_of(job: Job | None) -> int:
    """The attempt that is at work or next: the first one needs no write of its own."""
    return min(max(job.attempts, 1), 1000) if job else 1


def waiting_message(run: Run, attempt: int) -> str:
    """A pod has been asked for and has not started."""
    return f"Job {run.job_name} waits for the pod of attempt {attempt} to start"


def checked_message(checked: Checked | None) -> str:
    """What preflight found; None: its words are lost."""
    if checked is None:
        return "the datasets and the model folder are in order"
    data = checked.data
    return f"{data.train_rows} rows to train on, {data.validation_rows} to judge by"


def with_gate(message: str, gate: GateResult | None) -> str:
    """The message, and how promoteIf was judged."""
    return f"{message}; {gate.message}" if gate else message


def evaluated_message(said: Evaluated) -> str:
    """What an evaluation came to."""
    if said.gate:
        return said.gate.message
    scores, gain = said.metrics.model, said.metrics.gain
    if gain is None:
        return f"tripletAccuracy {scores.triplet_accuracy:.3f} on {scores.num_samples} rows"
    found = gain.triplet_accuracy
    return (
        f"{said.verdict}: tripletAccuracy {found.value:+.3f} [{found.low:.3f}, {found.high:.3f}]"
        f" on {scores.num_samples} rows against {said.baseline_model_tag}"
    )


def training_message(run: Run, job: Job, progress: Progress | None) -> str:
    """How far the training is."""
    if progress is None and job.attempts > 1 and not job.ready:
        return waiting_message(run, attempt_of(job))
    if progress is None:
        return f"training: attempt {attempt_of(job)} has started"
    parts = [
        f"training: {progress.percentage} %",
        f"step {progress.step} of {progress.total_steps}",
    ]
    if progress.estimated_remaining_seconds is not None:
        parts.append(f"about {_duration(progress.estimated_remaining_seconds)} left")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    """Seconds as people say them: 40 s, 14 min, 3 h 20 min."""
    if seconds < 90:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
