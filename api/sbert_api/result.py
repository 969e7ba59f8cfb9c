"""What a trainer pod says: progress as log lines, its end as termination message.

Both come from a pod and are untrusted: `parse_*` bound their size, check them against the contract
and never raise anything but InvalidResultError.
"""

import json
from typing import Annotated, Literal, TypeVar

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from sbert_api import names
from sbert_api.contract import Contract
from sbert_api.evaluation_result import Evaluated
from sbert_api.v1alpha1.gate import GateResult
from sbert_api.v1alpha1.scores import Metrics
from sbert_api.v1alpha1.training_status import DataFacts, Digest, Progress, Seconds

PROGRESS_LINE_BYTES = 2048
"""A longer log line is no progress line."""


ContentKey = Annotated[str, StringConstraints(max_length=64, pattern=r"^[0-9a-f]{64}$")]
"""A hash over what decides a training's result: equal for runs that yield the same model."""


class InvalidResultError(ValueError):
    """A termination message that is not a result of the contract."""


class Published(Contract):
    """The end of a good run: a model lies on the model volume, complete and loadable."""

    outcome: Literal["Published"] = "Published"
    run_key: Annotated[str, StringConstraints(max_length=64)]
    """runKey: of the run that published it."""
    content_key: ContentKey | None = None
    """contentKey: under which the model volume records the run; an older trainer says none."""
    model_id: Annotated[str, StringConstraints(min_length=1, max_length=600)]
    """modelId: the folder below the model volume."""
    manifest_digest: Digest
    """manifestDigest: SHA-256 of the folder's MANIFEST.json."""
    device: Annotated[str, StringConstraints(max_length=64)]
    """device: what it was trained on."""
    training_seconds: Seconds
    """trainingSeconds: time spent in training, in this attempt."""
    data: DataFacts
    """data: what was found in the data."""
    metrics: Metrics
    """metrics: scores before and after."""
    gate: GateResult | None = None
    """gate: how promoteIf was judged."""
    progress: Progress | None = None
    """progress: the last that was reported; none where the model was published before."""


class Failed(Contract):
    """The end of a run that failed: why, and what to do."""

    outcome: Literal["Failed"] = "Failed"
    reason: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    """reason: of the table in exit_codes.py."""
    message: Annotated[str, StringConstraints(max_length=1024)]
    """message: what was expected and found, with file and line where there is one."""
    hint: Annotated[str, StringConstraints(max_length=512)] = ""
    """hint: what to do, where the trainer knows more than the reason's own hint."""


class Checked(Contract):
    """The end of a good preflight: the training may begin, or need not."""

    outcome: Literal["Checked"] = "Checked"
    run_key: Annotated[str, StringConstraints(max_length=64)]
    """runKey: of the run that was checked."""
    content_key: ContentKey
    """contentKey: of the run that was checked."""
    data: DataFacts
    """data: what was found in the data."""
    reused: Published | None = None
    """reused: the result of an identical run, or of this one, whose model is still as it was
    published; then nothing needs to be trained."""


StepResult = Published | Checked | Failed
"""What the pod of a training's step says at its end."""
_TRAINING: TypeAdapter[StepResult] = TypeAdapter(
    Annotated[StepResult, Field(discriminator="outcome")]
)
_EVALUATION: TypeAdapter[Evaluated | Failed] = TypeAdapter(
    Annotated[Evaluated | Failed, Field(discriminator="outcome")]
)
_Parsed = TypeVar("_Parsed")


def termination_message(result: StepResult | Evaluated) -> str:
    """The result in at most 4,096 bytes; warnings are left out from the end until it fits."""
    text = _as_text(result)
    while len(text) > names.TERMINATION_MESSAGE_BYTES:
        result = _shorter(result)
        text = _as_text(result)
    return text


def _as_text(result: StepResult | Evaluated) -> str:
    return json.dumps(result.as_json(), ensure_ascii=True, separators=(",", ":"))


def _shorter(result: StepResult | Evaluated) -> StepResult | Evaluated:
    if isinstance(result, Failed):
        halves = {"message": _half(result.message), "hint": _half(result.hint)}
        return result.model_copy(update=halves)
    if isinstance(result, Checked) and result.reused and result.reused.data.warnings:
        return result.model_copy(update={"reused": _shorter(result.reused)})
    data = result.data.model_copy(update={"warnings": result.data.warnings[:-1]})
    return result.model_copy(update={"data": data})


def _half(text: str) -> str:
    return text[: len(text) // 2]


def parse_termination_message(text: str) -> StepResult:
    """The result of a training's step in a termination message. Raises InvalidResultError."""
    return _parsed(_TRAINING, text)


def parse_evaluation_message(text: str) -> Evaluated | Failed:
    """The result of an evaluation in a termination message. Raises InvalidResultError."""
    return _parsed(_EVALUATION, text)


def _parsed(adapter: TypeAdapter[_Parsed], text: str) -> _Parsed:
    if len(text.encode(errors="replace")) > names.TERMINATION_MESSAGE_BYTES:
        raise InvalidResultError("the termination message is longer than 4096 bytes")
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the text"
        raise InvalidResultError(
            f"the termination message is not a result: {place}: {first['msg']}"
        ) from error


def progress_line(progress: Progress) -> str:
    """The log line that reports progress; `parse_progress_line` reads it."""
    return json.dumps({"event": "progress", **progress.as_json()}, separators=(",", ":"))


def parse_progress_line(line: str) -> Progress | None:
    """The progress in a log line, or None if the line is anything else."""
    if len(line) > PROGRESS_LINE_BYTES or not line.startswith('{"event":"progress",'):
        return None
    try:
        return Progress.model_validate_json(line)
    except ValidationError:
        return None
