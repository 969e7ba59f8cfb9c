"""The status of an EvaluationTask: what the operator reports. It reports and never triggers."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sbert_api.contract import Contract
from sbert_api.v1alpha1.common import ATOMIC, Condition, Count, Storage, Time, rules
from sbert_api.v1alpha1.gate import GateResult
from sbert_api.v1alpha1.scores import Gains, Scores
from sbert_api.v1alpha1.training_status import (
    Digest,
    Failure,
    Key,
    Line,
    Word,
)

EvaluationPhase = Literal["Queued", "Running", "Done", "Failed", "Suspended"]
Verdict = Literal["Better", "Same", "Worse"]
ModelTag = Annotated[str, StringConstraints(max_length=253)]
FilePath = Annotated[str, StringConstraints(max_length=600)]

_BY_TYPE = rules(**{"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]})


class EvaluationRun(Contract):
    """The run: one execution of the spec."""

    key: Key
    """key: names the run and its Job; a hash over the task's uid, the generation that began the
    run, and restartedAt."""

    spec_digest: Key | None = None
    """specDigest: of the spec without suspend and ttlSecondsAfterFinished, with which the run
    began; a spec with another digest begins a new run."""

    restarted_at: Annotated[str, StringConstraints(max_length=128)] | None = None
    """restartedAt: what the annotation sbert-operator.dev/restartedAt said when the run began;
    another value begins a new run."""

    validation_of: ModelTag | None = None
    """validationOf: the trained model whose validation rows judge, once trainingTaskRef is Done."""

    storage: Storage | None = None
    """storage: the volumes that the training of trainingTaskRef names, once it is Done."""

    job_name: Annotated[str, StringConstraints(max_length=63)]
    """jobName: the Job that evaluates."""

    attempt: Annotated[int, Field(ge=0, le=1000)] = 0
    """attempt: which pod of the Job is at work, counted from 1; 0: none yet."""


class EvaluationData(Contract):
    """The rows that judge."""

    dataset: Annotated[str, StringConstraints(max_length=300)]
    """dataset: data/datasets/<id>.jsonl, with #auto-split if it is the part that was split off."""

    rows: Count
    """rows: how many it has; metrics says how many of them were drawn."""

    digest: Digest
    """digest: SHA-256 over the contents of the files that were read."""

    warnings: Annotated[list[Line], Field(max_length=20, json_schema_extra=ATOMIC)] = []
    """warnings: what makes the scores say less than they seem to."""


class EvaluationMetrics(Contract):
    """Scores on the same rows. Definitions: docs/evaluation.md."""

    model: Scores
    """model: the model's scores."""

    baseline: Scores | None = None
    """baseline: the scores of the baseline, if there is one."""

    gain: Gains | None = None
    """gain: model minus baseline, with 95 % intervals."""


class EvaluationTaskStatus(Contract):
    """How far an evaluation is and what came out of it."""

    observed_generation: Count = 0
    """observedGeneration: the generation of the spec that this status is about."""

    phase: EvaluationPhase = "Queued"
    """phase: Queued, Running, Done, Failed or Suspended; for people, programs read the
    conditions."""

    reason: Word = ""
    """reason: the reason of the condition that matters now."""

    message: Annotated[str, StringConstraints(max_length=1024)] = ""
    """message: one sentence about the present state."""

    start_time: Time | None = None
    """startTime: when the first attempt started."""

    end_date: Time | None = None
    """endDate: when the task ended."""

    run: EvaluationRun | None = None
    """run: the present or last run."""

    model_tag: ModelTag | None = None
    """modelTag: the model that is evaluated, also where trainingTaskRef names it."""

    baseline_model_tag: ModelTag | None = None
    """baselineModelTag: the model that it is compared with."""

    data: EvaluationData | None = None
    """data: the rows that judge."""

    metrics: EvaluationMetrics | None = None
    """metrics: scores of model and baseline on the same rows; only when Done."""

    verdict: Verdict | None = None
    """verdict: Better, Same or Worse than the baseline, by tripletAccuracy: Better if the 95 %
    interval of its gain lies above 0, Worse if it lies below."""

    gate: GateResult | None = None
    """gate: how passIf was judged; only when Done."""

    report: FilePath | None = None
    """report: the page for people, a file below the model volume."""

    error_msg: Annotated[str, StringConstraints(max_length=1024)] | None = None
    """errorMsg: reason and message in one line; only when Failed."""

    failure: Failure | None = None
    """failure: why the task failed; only when Failed."""

    conditions: Annotated[list[Condition], Field(max_length=8, json_schema_extra=_BY_TYPE)] = []
    """conditions: Running, Suspended, Complete, Failed, and Passed of a task with passIf."""
