"""The status of a TrainingTask: what the operator reports. It reports and never triggers."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sbert_api.contract import Contract
from sbert_api.v1alpha1.common import ATOMIC, Condition, Count, RelativePath, Time, rules
from sbert_api.v1alpha1.gate import GateResult
from sbert_api.v1alpha1.scores import Metrics

Phase = Literal["Queued", "Running", "Suspended", "Done", "Failed"]
Step = Literal["Preflight", "Train"]
Digest = Annotated[str, StringConstraints(max_length=71, pattern=r"^sha256:[0-9a-f]{64}$")]
Line = Annotated[str, StringConstraints(max_length=512)]
Word = Annotated[str, StringConstraints(max_length=128)]
Seconds = Annotated[float, Field(ge=0, le=1e10)]
Real = Annotated[float, Field(ge=-1e30, le=1e30)]
Key = Annotated[str, StringConstraints(max_length=64)]

HISTORY = 5
"""How many earlier runs a status tells of."""

_BY_TYPE = rules(**{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]})


class Run(Contract):
    """The run: one execution of the spec."""

    key: Key
    """key: names the run and its Jobs; a hash over the task's uid, the generation that began the
    run, and restartedAt."""

    spec_digest: Key | None = None
    """specDigest: of the spec without suspend and ttlSecondsAfterFinished, with which the run
    began; a spec with another digest begins a new run."""

    restarted_at: Annotated[str, StringConstraints(max_length=128)] | None = None
    """restartedAt: what the annotation sbert-operator.dev/restartedAt said when the run began;
    another value begins a new run."""

    restarted: bool = False
    """restarted: it was restartedAt that began the run: no model of an identical run is taken."""

    model_id: RelativePath | None = None
    """modelId: the folder below the model volume under which the run publishes."""

    content_key: Annotated[str, StringConstraints(max_length=64)] | None = None
    """contentKey: a hash over what decides the result: parameters, data, base model."""

    reused: bool = False
    """reused: the model of an identical run was taken; nothing was trained."""

    job_name: Annotated[str, StringConstraints(max_length=63)]
    """jobName: the Job of the present step."""

    step: Step
    """step: what the run is at: Preflight (data and model folder are checked) or Train."""

    attempt: Annotated[int, Field(ge=0, le=1000)] = 0
    """attempt: which pod of the step is at work, counted from 1; 0: none yet."""


class Usage(Contract):
    """What the run has used so far, as the operator saw it."""

    queued_seconds: Seconds = 0.0
    """queuedSeconds: time without a running pod that was not asked for by suspend."""

    training_seconds: Seconds = 0.0
    """trainingSeconds: time in which a training pod ran, over all attempts."""

    gpu_seconds: Seconds = 0.0
    """gpuSeconds: trainingSeconds times the GPUs of the pod."""


class PastRun(Contract):
    """An earlier run of the task."""

    key: Key
    """key: of the run."""

    phase: Phase
    """phase: how it ended; one that was still at work when the next began says how far it was."""

    reason: Word = ""
    """reason: of the condition that mattered at its end."""

    start_time: Time | None = None
    """startTime: when its training started."""

    end_date: Time | None = None
    """endDate: when it ended, or was ended by the next one."""

    trained_model_id: Annotated[str, StringConstraints(max_length=600)] | None = None
    """trainedModelId: the model that it published."""

    usage: Usage | None = None
    """usage: what it used in all."""


class Progress(Contract):
    """How far the training is, as the trainer said last."""

    percentage: Annotated[int, Field(ge=0, le=100)]
    """percentage: steps done of all, in percent, rounded down."""

    summary: Annotated[str, StringConstraints(max_length=64)] = ""
    """summary: the percentage as kubectl's Progress column shows it, such as 62%."""

    step: Count
    """step: optimizer steps done."""

    total_steps: Count
    """totalSteps: optimizer steps that the run has."""

    epoch: Annotated[float, Field(ge=0, le=1000)]
    """epoch: passes done over the training data."""

    loss: Real | None = None
    """loss: the training loss, averaged since the last report."""

    samples_per_second: Annotated[float, Field(ge=0, le=1e9)] | None = None
    """samplesPerSecond: triplets trained a second in this attempt."""

    estimated_remaining_seconds: Seconds | None = None
    """estimatedRemainingSeconds: by this attempt's own speed."""

    last_updated_time: Time | None = None
    """lastUpdatedTime: when the operator read this."""


class DataFacts(Contract):
    """What the trainer found in the data."""

    train_rows: Count
    """trainRows: rows that are trained on."""

    validation_rows: Count
    """validationRows: rows that the model is judged by; none of them is trained on."""

    validation_dataset: Annotated[str, StringConstraints(max_length=300)]
    """validationDataset: data/datasets/<id>.jsonl, with #auto-split if it was split off."""

    digest: Digest
    """digest: SHA-256 over the datasets' contents in their order."""

    warnings: Annotated[list[Line], Field(max_length=20, json_schema_extra=ATOMIC)] = []
    """warnings: what is odd in the data but no error."""


class Failure(Contract):
    """Why the task failed, and what to do."""

    reason: Word
    """reason: one word for machines; docs/reasons.md lists them."""

    message: Annotated[str, StringConstraints(max_length=1024)]
    """message: what was expected and what was found."""

    hint: Annotated[str, StringConstraints(max_length=512)]
    """hint: what to do about it."""

    exit_code: Annotated[int, Field(ge=0, le=255)] | None = None
    """exitCode: of the training container, if it ended."""

    attempt: Annotated[int, Field(ge=0, le=1000)] = 0
    """attempt: the attempt that failed last, counted from 1."""

    pod: Annotated[str, StringConstraints(max_length=253)] | None = None
    """pod: the pod that failed last."""

    log_tail: Annotated[list[Line], Field(max_length=20, json_schema_extra=ATOMIC)] = []
    """logTail: the last lines of that pod's log where the trainer left no message."""


class TrainingTaskStatus(Contract):
    """How far a task is and what came out of it."""

    observed_generation: Count = 0
    """observedGeneration: the generation of the spec that this status is about."""

    phase: Phase = "Queued"
    """phase: Queued, Running, Suspended, Done or Failed; for people, programs read the
    conditions."""

    reason: Word = ""
    """reason: the reason of the condition that matters now."""

    message: Annotated[str, StringConstraints(max_length=1024)] = ""
    """message: one sentence about the present state."""

    start_time: Time | None = None
    """startTime: when the first attempt of this run's training started."""

    end_date: Time | None = None
    """endDate: when the run ended."""

    trained_model_id: Annotated[str, StringConstraints(max_length=600)] | None = None
    """trainedModelId: the trained model's folder below the model volume; only when Done."""

    error_msg: Annotated[str, StringConstraints(max_length=1024)] | None = None
    """errorMsg: reason and message in one line; only when Failed."""

    run: Run | None = None
    """run: the present or last run."""

    progress: Progress | None = None
    """progress: how far the training is."""

    data: DataFacts | None = None
    """data: what the trainer found in the data."""

    metrics: Metrics | None = None
    """metrics: scores on the validation rows before and after training."""

    gate: GateResult | None = None
    """gate: how promoteIf was judged; only when Done."""

    failure: Failure | None = None
    """failure: why the task failed; only when Failed."""

    usage: Usage | None = None
    """usage: time and GPUs that the run has used so far."""

    history: Annotated[list[PastRun], Field(max_length=HISTORY, json_schema_extra=ATOMIC)] = []
    """history: earlier runs, the latest first."""

    conditions: Annotated[list[Condition], Field(max_length=8, json_schema_extra=_BY_TYPE)] = []
    """conditions: Validated, Running, Suspended, Complete, Failed, and Promoted of a task with
    promoteIf."""
