"""What the operator remembers of a task, a Job and a pod: the few fields that decisions need.

A manifest of 2 KB becomes 18 KB as a dict, so manifests are never kept.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from sbert_api.kinds import Kind
from sbert_api.reasons import Reason
from sbert_api.v1alpha1.common import Storage
from sbert_api.v1alpha1.evaluation_status import EvaluationTaskStatus
from sbert_api.v1alpha1.evaluation_task import EvaluationTaskSpec
from sbert_api.v1alpha1.training_status import Progress, TrainingTaskStatus
from sbert_api.v1alpha1.training_task import TrainingTaskSpec

Manifest = dict[str, Any]
Spec = TypeVar("Spec", TrainingTaskSpec, EvaluationTaskSpec)
Status = TypeVar("Status", TrainingTaskStatus, EvaluationTaskStatus)


class Key(NamedTuple):
    """Where an object is: its namespace and name."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class TaskOf(Generic[Spec, Status]):
    """A task. One at rest keeps neither spec nor status: nothing will be decided."""

    kind: Kind
    key: Key
    uid: str
    version: int
    """resourceVersion as a number; a larger one is newer."""
    generation: int
    created: datetime
    deleting: bool
    finished: bool
    """A terminal condition is True: Complete or Failed."""
    at_rest: bool
    """Finished, and the status is about all that people ask for now."""
    restarted_at: str
    """What the annotation says that asks for a new run; empty if there is none."""
    expires: datetime | None
    """When the Jobs of a finished task are to be deleted; None: never, or not finished."""
    phase: str
    """For metrics only."""
    spec: Spec | None
    invalid: str
    """Why `spec` is None, for a task that is not at rest."""
    status: Status
    """What of the status can be understood."""
    raw_status: Manifest
    """The status as it is stored, to tell what a write has to change."""

    @property
    def shown(self) -> str:
        """The task as kubectl is told it: `tt faq`."""
        return f"{self.kind.short} {self.key.name}"


Task = TaskOf[TrainingTaskSpec, TrainingTaskStatus]
Evaluation = TaskOf[EvaluationTaskSpec, EvaluationTaskStatus]
AnyTask = Task | Evaluation
AnyStatus = TrainingTaskStatus | EvaluationTaskStatus
SomeTask = TypeVar("SomeTask", Task, Evaluation)


@dataclass(frozen=True, slots=True)
class Job:
    """A Job that some task owns."""

    key: Key
    uid: str
    version: int
    created: datetime
    owner_uid: str
    """uid of the controlling owner; empty if it has none."""
    owner_name: str
    owner_kind: str
    model_id: str
    step: str
    """What it does, by its label: preflight or train."""
    queued: bool
    """It has a queue's label: when it starts is for Kueue to say."""
    suspended: bool
    gpus: int
    """GPUs that its pod holds."""
    deleting: bool
    active: int
    """Pods that have not ended."""
    ready: int
    """Pods that run and are ready."""
    attempts: int
    """Pods that were started so far."""
    end: str
    """Complete or Failed once the Job has that condition; else empty."""
    reason: str
    message: str
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Pod:
    """One attempt of a Job's step."""

    name: str
    uid: str
    created: datetime
    reason: str
    """Why the pod as a whole failed, such as DeadlineExceeded or Evicted; else empty."""
    started: datetime | None
    exit_code: int | None
    killed_by: str
    """The runtime's word for the container's end, such as OOMKilled."""
    message: str
    """The termination message, untrusted and unchanged."""
    ended: datetime | None = None
    """When the container ended."""
    unschedulable: str = ""
    """Why no node was found for it, in the scheduler's words."""
    waiting: str = ""
    """Why its container does not start, in the kubelet's word, such as ImagePullBackOff."""
    waiting_message: str = ""


@dataclass(frozen=True)
class Obstacle:
    """Why the Job could not be created, or its pod does not start."""

    reason: Reason
    message: str
    final: bool = False
    """The same Job will be refused again; else the task waits."""


@dataclass(frozen=True)
class Trained:
    """What a TrainingTask says to an evaluation that refers to it."""

    state: Literal["Missing", "AtWork", "Failed", "Done"]
    model_id: str = ""
    """The trained model; only when Done."""
    base_model_tag: str = ""
    """The model that it was trained from."""
    storage: Storage | None = None
    """The volumes that it names; only when Done."""
    message: str = ""
    """Why it failed."""
    missed_since: datetime | None = None
    """When this operator first looked for it in vain; only when Missing."""


@dataclass(frozen=True)
class ObservedOf(Generic[SomeTask]):
    """Everything that is known of a task at one moment of a pass."""

    task: SomeTask
    jobs: tuple[Job, ...] = ()
    jobs_are_live: bool = False
    """The Jobs were read from the API server in this pass, not only remembered."""
    pods: tuple[Pod, ...] | None = None
    """Pods of the present Job, oldest first; None: not read."""
    log: str | None = None
    """The end of the last pod's log; None: not read."""
    progress: Progress | None = None
    """What the trainer said last in the present attempt."""
    unready_since: datetime | None = None
    """Since when the present Job is known to have no ready pod."""
    obstacle: Obstacle | None = None
    """What the API server said to the Job."""
    complaints: tuple[str, ...] | None = None
    """What Events say of the Job and its pod, the latest first; None: not read."""
    trained: Trained | None = None
    """The TrainingTask that an evaluation refers to; None: not read."""


Observed = ObservedOf[Task]
ObservedEvaluation = ObservedOf[Evaluation]
AnyObserved = Observed | ObservedEvaluation
