"""The parts that kinds share: names, storage, resources, tolerations, conditions."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, WithJsonSchema

from sbert_api.contract import Contract
from sbert_api.names import DATASET_ID_PATTERN, ID_SEGMENT, MODEL_TAG_PATTERN

DatasetId = Annotated[
    str, StringConstraints(min_length=1, max_length=253, pattern=DATASET_ID_PATTERN)
]
RelativePath = Annotated[
    str, StringConstraints(min_length=1, max_length=253, pattern=MODEL_TAG_PATTERN)
]
"""Up to four segments that start and end with a letter or digit: no `..`, `/x` or `.x`."""

OutputPath = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=180, pattern=rf"^{ID_SEGMENT}(/{ID_SEGMENT}){{0,2}}$"
    ),
]
"""A folder for trained models: one segment fewer, as a model's id must be a modelTag as well."""

Time = Annotated[
    str,
    Field(max_length=32),
    WithJsonSchema({"type": "string", "maxLength": 32, "format": "date-time"}),
]
"""RFC 3339 in UTC, as Kubernetes writes it."""

_QUANTITY = r"^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$"
Quantity = Annotated[
    int | Annotated[str, StringConstraints(max_length=32, pattern=_QUANTITY)],
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "maxLength": 32,
            "pattern": _QUANTITY,
            "x-kubernetes-int-or-string": True,
        }
    ),
]
"""A Kubernetes quantity that is not negative: 2, "500m", "16Gi"."""

Count = Annotated[int, Field(ge=0, le=2**53)]
ResourceList = Annotated[dict[str, Quantity], Field(max_length=7)]
"""With more, a rule that compares quantities costs more than the API server of Kubernetes 1.32
lets a rule cost: it takes any int-or-string for as long as a request may be."""

LabelValue = Annotated[str, StringConstraints(max_length=63)]
LabelKey = Annotated[str, StringConstraints(max_length=317)]


def cel(rule: str, message: str, field_path: str | None = None) -> dict[str, str]:
    """One validation rule of the CRD; the API server shows `message` when `rule` is false."""
    found = {"rule": rule, "message": message}
    return found | ({"fieldPath": field_path} if field_path else {})


def rules(*found: dict[str, str], **extra: Any) -> dict[str, Any]:
    """Schema additions: CEL rules, and what else the structural schema needs."""
    return {"x-kubernetes-validations": list(found), **extra} if found else dict(extra)


ATOMIC = rules(**{"x-kubernetes-list-type": "atomic"})
GRANULAR = rules(**{"x-kubernetes-map-type": "granular"})


class VolumeSource(Contract):
    """Where a volume's files are: a PersistentVolumeClaim in the task's namespace."""

    claim_name: Annotated[
        str,
        StringConstraints(
            min_length=1, max_length=253, pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"
        ),
    ]
    """claimName: the name of a PersistentVolumeClaim in the task's namespace."""

    sub_path: RelativePath | None = None
    """subPath: a folder inside the volume; default: its root."""


class Storage(Contract):
    """The volumes of a task. What is left out comes from the operator's settings."""

    datasets: VolumeSource | None = None
    """datasets: the volume with <dataset id>.jsonl files, mounted read-only."""

    models: VolumeSource | None = None
    """models: the volume with model folders, which also receives the trained model."""


_WHOLE_GPUS = cel(
    "!has(self.limits) || self.limits.all(k, !k.contains('/') ||"
    " quantity(string(self.limits[k])).isInteger())",
    "limits of extended resources, such as nvidia.com/gpu, are whole numbers",
)
_NOT_OVER_LIMIT = cel(
    "!has(self.requests) || !has(self.limits) || self.requests.all(k, !(k in self.limits) ||"
    " quantity(string(self.requests[k])).compareTo(quantity(string(self.limits[k]))) <= 0)",
    "a request must not be larger than the limit of the same resource",
)
_ENOUGH_MEMORY = cel(
    "!has(self.limits) || !('memory' in self.limits) ||"
    " quantity(string(self.limits['memory'])).compareTo(quantity('16Mi')) >= 0",
    "limits.memory must be at least 16Mi (write 8Gi, not 8m)",
)


class Resources(Contract):
    """Kubernetes resource requirements of the training container."""

    model_config = {"json_schema_extra": rules(_WHOLE_GPUS, _NOT_OVER_LIMIT, _ENOUGH_MEMORY)}

    limits: Annotated[ResourceList, Field(json_schema_extra=GRANULAR)] | None = None
    """limits: the most that the container may use, such as {nvidia.com/gpu: 1, memory: 16Gi}."""

    requests: Annotated[ResourceList, Field(json_schema_extra=GRANULAR)] | None = None
    """requests: what the scheduler reserves; default: the limits."""


class Toleration(Contract):
    """A taint of nodes that the training pod tolerates, as in a pod's spec."""

    key: LabelKey | None = None
    """key: the taint's key; left out with operator Exists: every taint."""

    operator: Literal["Exists", "Equal"] | None = None
    """operator: Exists or Equal; default Equal."""

    value: LabelValue | None = None
    """value: the taint's value for operator Equal."""

    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """effect: the taint's effect; left out: every effect."""

    toleration_seconds: Annotated[int, Field(ge=0, le=2592000)] | None = None
    """tolerationSeconds: how long a NoExecute taint is tolerated, in seconds; default: for ever."""


class Condition(Contract):
    """One condition, as Kubernetes' API conventions define it."""

    type: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    """type: what is said: Validated, Running, Suspended, Complete, Failed."""

    status: Literal["True", "False", "Unknown"]
    """status: True, False or Unknown."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    """reason: one word for machines; docs/reasons.md lists them."""

    message: Annotated[str, StringConstraints(max_length=1024)] = ""
    """message: a sentence for people."""

    last_transition_time: Time
    """lastTransitionTime: when the status changed last."""

    observed_generation: Annotated[int, Field(ge=0, le=2**53)]
    """observedGeneration: the generation of the spec that this is about."""
