"""EvaluationTask: judge a model, and compare it with another one on the same rows.

The source of its CRD and its reference.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from sbert_api import names
from sbert_api.contract import Contract
from sbert_api.v1alpha1.common import (
    DatasetId,
    RelativePath,
    Resources,
    Storage,
    cel,
    rules,
)
from sbert_api.v1alpha1.evaluation_status import EvaluationTaskStatus
from sbert_api.v1alpha1.gate import Gate
from sbert_api.v1alpha1.training_task import NO_GPU_ON_CPU

ONE_DATA_SOURCE = cel(
    "has(self.datasetId) != has(self.trainingTaskRef)",
    "exactly one of datasetId and trainingTaskRef gives the rows that judge",
    ".datasetId",
)
A_MODEL = cel(
    "has(self.modelTag) || has(self.trainingTaskRef)",
    "modelTag is missing: it names the model, unless trainingTaskRef does",
    ".modelTag",
)
ANOTHER_BASELINE = cel(
    "!has(self.modelTag) || !has(self.baselineModelTag) || self.modelTag != self.baselineModelTag",
    "baselineModelTag is modelTag: name another model to compare with, or leave it out",
    ".baselineModelTag",
)
SOMETHING_TO_COMPARE = cel(
    "!has(self.passIf) || has(self.baselineModelTag) || has(self.trainingTaskRef)",
    "passIf asks for a gain: name in baselineModelTag the model to compare with",
    ".passIf",
)
SHORT_NAME = cel(
    "size(self.metadata.name) <= 200", "the name of an EvaluationTask has at most 200 characters"
)


class TrainingTaskRef(Contract):
    """A TrainingTask in the same namespace."""

    name: Annotated[
        str,
        StringConstraints(
            min_length=1, max_length=200, pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"
        ),
    ]
    """name: of the TrainingTask."""


class EvaluationTaskSpec(Contract):
    """What to judge, by which rows, and what to compare it with."""

    model_config = {
        "json_schema_extra": rules(
            ONE_DATA_SOURCE, A_MODEL, ANOTHER_BASELINE, SOMETHING_TO_COMPARE, NO_GPU_ON_CPU
        )
    }

    model_tag: RelativePath | None = None
    """modelTag: the model, a folder below the model volume. Default: the trained model of
    trainingTaskRef."""

    training_task_ref: TrainingTaskRef | None = None
    """trainingTaskRef: a TrainingTask of this namespace, which lends its validation rows, also
    those that were split off; the evaluation waits until it is Done."""

    dataset_id: DatasetId | None = None
    """datasetId: the rows that judge, <id>.jsonl on the dataset volume; instead of
    trainingTaskRef."""

    baseline_model_tag: RelativePath | None = None
    """baselineModelTag: the model to compare with. Default: the base model of trainingTaskRef;
    without that nothing is compared."""

    max_samples: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """maxSamples: how many rows are drawn, if there are more."""

    random_seed: Annotated[int, Field(ge=0, le=4_294_967_295)] = 42
    """randomSeed: of the draw of the rows and of the intervals."""

    batch_size: Annotated[int, Field(ge=1, le=65536)] = 64
    """batchSize: at most so many texts go through the model at a time."""

    device: Annotated[
        str, StringConstraints(max_length=7, pattern=r"^(cuda(:[0-9]{1,2})?|cpu|auto)$")
    ] = "auto"
    """device: auto, cpu, cuda or cuda:N. auto takes a GPU if resources give it one; cuda asks the
    cluster for a GPU and fails rather than evaluate on a CPU."""

    storage: Storage | None = None
    """storage: the volumes of datasets and models; default: those of trainingTaskRef, else the
    operator's settings."""

    resources: Resources | None = None
    """resources: of the container that evaluates; default: the operator's settings, and the GPUs
    that device asks for."""

    suspend: bool = False
    """suspend: true: no pod is started, and one that runs is ended."""

    pass_if: Gate | None = None
    """passIf: the quality gate: what the model must gain on the baseline. The condition Passed says
    whether it did."""

    timeout_seconds: Annotated[int, Field(ge=1, le=2_592_000)] = 3600
    """timeoutSeconds: the longest an attempt may take; waiting for a node does not count."""

    ttl_seconds_after_finished: Annotated[int, Field(ge=0, le=31_536_000)] | None = None
    """ttlSecondsAfterFinished: seconds after the end when Job and pods are deleted, never the task;
    default: with the task."""

    @property
    def wants_gpu(self) -> bool:
        """Whether the cluster is asked for a GPU when `resources` says nothing."""
        return self.device.startswith("cuda")


class EvaluationTask(Contract):
    """EvaluationTask judges a sentence-transformers model by the rows of a dataset and compares it
    with a baseline."""

    model_config = {"json_schema_extra": rules(SHORT_NAME)}

    api_version: Literal["sbert-operator.dev/v1alpha1"]
    """apiVersion: sbert-operator.dev/v1alpha1."""

    kind: Literal["EvaluationTask"]
    """kind: EvaluationTask."""

    spec: EvaluationTaskSpec
    """spec: what to judge, by which rows, and what to compare it with."""

    status: EvaluationTaskStatus | None = None
    """status: how far it is and what came out; only the operator writes it."""


PRINTER_COLUMNS: tuple[dict[str, object], ...] = (
    {"name": "Phase", "type": "string", "jsonPath": ".status.phase"},
    {"name": "Verdict", "type": "string", "jsonPath": ".status.verdict"},
    {
        "name": "Gain",
        "type": "number",
        "jsonPath": ".status.metrics.gain.tripletAccuracy.value",
    },
    {"name": "Passed", "type": "boolean", "jsonPath": ".status.gate.passed"},
    {"name": "Model", "type": "string", "jsonPath": ".status.modelTag"},
    {"name": "Baseline", "type": "string", "jsonPath": ".status.baselineModelTag"},
    {"name": "Reason", "type": "string", "jsonPath": ".status.reason", "priority": 1},
    {"name": "Message", "type": "string", "jsonPath": ".status.message", "priority": 1},
    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
)
SELECTABLE_FIELDS: tuple[str, ...] = (".status.phase", ".status.verdict")
NAMES: dict[str, object] = {
    "kind": names.EVALUATION_KIND,
    "listKind": f"{names.EVALUATION_KIND}List",
    "plural": names.EVALUATION_PLURAL,
    "singular": names.EVALUATION_KIND.lower(),
    "shortNames": ["et"],
    "categories": ["sbert"],
}
