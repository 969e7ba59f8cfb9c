"""Why a task is in its state: one word for machines, and what to do about it for people.

The words are part of the API (conditions, events, metrics): they are added to, never renamed.
"""

from enum import StrEnum


class Reason(StrEnum):
    """A condition's reason. The first group is said by the trainer, the second by the operator."""

    PUBLISHED = "Published"
    INTERNAL_ERROR = "InternalError"
    USAGE_ERROR = "UsageError"
    INVALID_DATASET_ID = "InvalidDatasetIdError"
    INVALID_MODEL_ID = "InvalidModelIdError"
    DATASET_NOT_FOUND = "TrainingDatasetNotFoundError"
    TRAINING_TASK_NOT_FOUND = "TrainingTaskNotFoundError"
    MODEL_WEIGHTS_NOT_FOUND = "TrainingModelWeightsNotFoundError"
    DATASET_VALIDATION = "DatasetValidationError"
    INVALID_HYPERPARAMETERS = "InvalidHyperparametersError"
    NON_FINITE_LOSS = "NonFiniteLossError"
    GPU_OUT_OF_MEMORY = "GpuOutOfMemoryError"
    OUTPUT_CONFLICT = "OutputConflictError"
    INTERRUPTED = "Interrupted"
    DISK_FULL = "DiskFullError"
    STORAGE = "StorageError"
    GPU_UNAVAILABLE = "GpuUnavailableError"
    OUTPUT_LOCKED = "OutputLockedError"
    TIMEOUT = "TimeoutError"
    OUT_OF_MEMORY = "OutOfMemoryError"
    KILLED = "Killed"
    CRASHED = "Crashed"

    QUEUED = "Queued"
    VALIDATING = "Validating"
    VALIDATED = "Validated"
    NOT_VALIDATED = "NotValidated"
    TRAINING = "Training"
    REUSED = "Reused"
    SUSPENDED = "Suspended"
    REPLACING = "Replacing"
    EVALUATING = "Evaluating"
    AWAITING_TRAINING = "AwaitingTraining"
    TRAINING_TASK_FAILED = "TrainingTaskFailed"
    AWAITING_ADMISSION = "AwaitingAdmission"
    UNSCHEDULABLE = "Unschedulable"
    IMAGE_PULL_FAILED = "ImagePullFailed"
    VOLUME_NOT_FOUND = "VolumeNotFound"
    QUOTA_EXCEEDED = "QuotaExceeded"
    POD_REJECTED = "PodRejected"
    POD_NOT_STARTED = "PodNotStarted"
    INVALID_SPEC = "InvalidSpec"
    JOB_NAME_CONFLICT = "JobNameConflict"
    JOB_DELETED = "JobDeleted"
    JOB_REFUSED = "JobRefused"
    MODEL_NOT_PUBLISHED = "ModelNotPublished"
    INVALID_RESULT = "InvalidResult"
    RETRIES_EXHAUSTED = "RetriesExhausted"
    EVALUATED = "Evaluated"
    QUALITY_GATE_PASSED = "QualityGatePassed"
    QUALITY_GATE_FAILED = "QualityGateFailed"


TASK = "<kind> <name>"
"""Stands for the task in hints, as kubectl is told it: `tt faq`."""
RUN_AGAIN = (
    f"run it again: kubectl annotate {TASK} --overwrite"
    " sbert-operator.dev/restartedAt=$(date +%FT%T)"
)
HINTS: dict[Reason, str] = {
    Reason.INTERNAL_ERROR: (
        f"Read the pod's log; if it is your data, mend them and {RUN_AGAIN}; if not, report it with"
        " the log."
    ),
    Reason.USAGE_ERROR: (
        f"Install operator and trainer images of the same version, then {RUN_AGAIN}."
    ),
    Reason.INVALID_DATASET_ID: "Give the file's name without .jsonl.",
    Reason.INVALID_MODEL_ID: (
        "Name a sentence-transformers model folder below the model volume; or put it there, then"
        f" {RUN_AGAIN}."
    ),
    Reason.DATASET_NOT_FOUND: f"Put the file there, then {RUN_AGAIN}; or correct the id.",
    Reason.TRAINING_TASK_NOT_FOUND: (
        "Name a TrainingTask that is Done, or modelTag and datasetId; or apply that one, and"
        f" once it is Done, {RUN_AGAIN}."
    ),
    Reason.MODEL_WEIGHTS_NOT_FOUND: (
        f"Put the model folder with *.safetensors on the model volume, then {RUN_AGAIN}."
    ),
    Reason.DATASET_VALIDATION: f"Mend the lines that are named, then {RUN_AGAIN}.",
    Reason.INVALID_HYPERPARAMETERS: "Change what is named in the spec and apply it.",
    Reason.NON_FINITE_LOSS: "Lower learningRate, or raise warmupSteps; keep maxGradNorm above 0.",
    Reason.GPU_OUT_OF_MEMORY: "Lower perDeviceTrainBatchSize and raise gradientAccumulationSteps.",
    Reason.OUTPUT_CONFLICT: "Another model has this id: choose another outputPath.",
    Reason.INTERRUPTED: "The pod was asked to end; the Job tries again.",
    Reason.DISK_FULL: f"Make room on the model volume, or enlarge it; then {RUN_AGAIN}.",
    Reason.STORAGE: (
        f"Check that the model volume is mounted, writable and healthy, then {RUN_AGAIN}."
    ),
    Reason.GPU_UNAVAILABLE: (
        f"No usable GPU in the pod: mend the node, then {RUN_AGAIN}; or set device to cpu."
    ),
    Reason.OUTPUT_LOCKED: (
        f"Another trainer writes this model; wait for it, or delete its pod, then {RUN_AGAIN}."
    ),
    Reason.TIMEOUT: "Raise timeoutSeconds, or train less: fewer epochs, fewer rows.",
    Reason.OUT_OF_MEMORY: "Raise resources.limits.memory, or lower perDeviceTrainBatchSize.",
    Reason.KILLED: (
        "The container was killed from outside; see the pod's and the node's events, then"
        f" {RUN_AGAIN}."
    ),
    Reason.CRASHED: (
        "The trainer ended without a message; read the pod's log, mend what it tells, then"
        f" {RUN_AGAIN}."
    ),
    Reason.TRAINING_TASK_FAILED: f"See why the TrainingTask failed; once it is Done, {RUN_AGAIN}.",
    Reason.AWAITING_ADMISSION: "Wait, or look at the queue: kubectl get workloads.",
    Reason.UNSCHEDULABLE: "Free or add a node that fits resources, nodeSelector and tolerations.",
    Reason.IMAGE_PULL_FAILED: "Check the chart's image values and the registry's pull secret.",
    Reason.VOLUME_NOT_FOUND: "Create the claim, or name an existing one in spec.storage.",
    Reason.QUOTA_EXCEEDED: "Wait for other pods to end, lower resources, or raise the quota.",
    Reason.POD_REJECTED: "Change what the message names; an admission rule refuses the pod.",
    Reason.POD_NOT_STARTED: "See kubectl describe pod; the node cannot start the container.",
    Reason.INVALID_SPEC: "Correct the field that is named and apply the task again.",
    Reason.JOB_NAME_CONFLICT: "Delete the Job that has this name; the task then goes on by itself.",
    Reason.JOB_DELETED: f"The Job was deleted while it ran: {RUN_AGAIN}.",
    Reason.JOB_REFUSED: (
        "Change what the API server names; it refused the Job of this task. If that is not in the"
        f" spec, {RUN_AGAIN}."
    ),
    Reason.MODEL_NOT_PUBLISHED: (
        f"The trainer ended well but published nothing: check its image, then {RUN_AGAIN}."
    ),
    Reason.INVALID_RESULT: (
        f"The trainer's result cannot be read: check its image and version, then {RUN_AGAIN}."
    ),
    Reason.RETRIES_EXHAUSTED: (
        f"Every attempt failed; see the pods' logs, then {RUN_AGAIN}; or raise backoffLimit."
    ),
    Reason.QUALITY_GATE_FAILED: "Train on more or better data, judge by more rows, or ask less.",
}
"""What to do about each reason that ends a run, keeps it waiting, or its model from promotion.

Where it is done outside the spec it ends with RUN_AGAIN: to apply the same spec does nothing.
"""

HINTS_OF_EVALUATIONS: dict[Reason, str] = {
    Reason.TIMEOUT: "Raise timeoutSeconds, or lower maxSamples.",
    Reason.GPU_OUT_OF_MEMORY: "Lower batchSize.",
    Reason.OUT_OF_MEMORY: "Raise resources.limits.memory, or lower batchSize.",
    Reason.UNSCHEDULABLE: "Free or add a node without taints that fits resources.",
    Reason.RETRIES_EXHAUSTED: f"Every attempt failed; see the pods' logs, then {RUN_AGAIN}.",
}
"""What is said otherwise of an EvaluationTask, whose spec has other fields."""
EVALUATION_HINTS: dict[Reason, str] = HINTS | HINTS_OF_EVALUATIONS
"""What to do about each reason of an EvaluationTask."""
