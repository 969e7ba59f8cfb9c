"""Tasks, Jobs and pods for tests: as the API server shows them, and as the operator sees them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from sbert_api import names, result
from sbert_api.v1alpha1.training_status import Progress
from sbert_operator.observed import Evaluation, Job, Key, Pod, Task
from sbert_operator.reading import evaluation_of, job_of, pod_of, task_of
from sbert_operator.runs import spec_digest
from sbert_operator.settings import TrainerSettings
from sbert_operator.steps import PREFLIGHT, TRAIN, Stage

Manifest = dict[str, Any]

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
CREATED = "2026-01-01T10:00:00Z"
STARTED = "2026-01-01T10:00:30Z"
ENDED = "2026-01-01T11:00:00Z"
UID = "7ef54ba0-0000-4000-8000-000000000001"
EVALUATION_UID = "e7a10000-0000-4000-8000-000000000003"
JOB_UID = "aaaaaaaa-0000-4000-8000-000000000002"
MODEL_ID = "trained_models/minilm-finetuned-20260101-100000-7ef54ba0"
SETTINGS = TrainerSettings(image="trainer:1", preflight_image="operator:1")
SPEC: Manifest = {
    "modelTag": "minilm",
    "trainDatasetIds": ["faq"],
    "device": "cpu",
    "preflight": False,
}
RUN_KEY = "21ecb60be29573ad"
"""Of this uid's first generation; written out, as it must be the same in every version."""
JOB_NAME = names.job_name("faq", RUN_KEY, TRAIN.suffix)
CHECK_NAME = names.job_name("faq", RUN_KEY, PREFLIGHT.suffix)
CONTENT_KEY = "c" * 64
SCORES = {
    "tripletAccuracy": 0.9,
    "mrr10": 0.8,
    "ndcg10": 0.85,
    "avgPositiveSimilarity": 0.7,
    "avgNegativeSimilarity": 0.1,
}
PUBLISHED: Manifest = {
    "outcome": "Published",
    "runKey": RUN_KEY,
    "modelId": MODEL_ID,
    "manifestDigest": "sha256:" + "0" * 64,
    "device": "cpu",
    "trainingSeconds": 12.5,
    "data": {
        "trainRows": 90,
        "validationRows": 10,
        "validationDataset": "data/datasets/faq.jsonl#auto-split",
        "digest": "sha256:" + "1" * 64,
        "warnings": [],
    },
    "metrics": {"base": SCORES, "trained": SCORES},
}
CHECKED: Manifest = {
    "outcome": "Checked",
    "runKey": RUN_KEY,
    "contentKey": CONTENT_KEY,
    "data": PUBLISHED["data"],
}
"""What a preflight pod says."""


def task_manifest(
    spec: Manifest | None = None, status: object = None, name: str = "faq", **meta: Any
) -> Manifest:
    """A TrainingTask as the API server shows it."""
    manifest: Manifest = {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {
            "name": name,
            "namespace": "team",
            "uid": UID,
            "resourceVersion": "100",
            "generation": 1,
            "creationTimestamp": CREATED,
            **meta,
        },
        "spec": SPEC | (spec or {}),
    }
    return manifest if status is None else {**manifest, "status": status}


def evaluation_manifest(
    spec: Manifest, status: object = None, name: str = "judge", **meta: Any
) -> Manifest:
    """An EvaluationTask as the API server shows it."""
    manifest = task_manifest(None, status, name, uid=EVALUATION_UID, **meta)
    return {**manifest, "kind": names.EVALUATION_KIND, "spec": spec}


def an_evaluation(spec: Manifest, status: object = None, **meta: Any) -> Evaluation:
    """An EvaluationTask as the operator sees it."""
    return evaluation_of(evaluation_manifest(spec, status, **meta))


def a_task(
    spec: Manifest | None = None, status: object = None, name: str = "faq", **meta: Any
) -> Task:
    """A task as the operator sees it."""
    return task_of(task_manifest(spec, status, name, **meta))


def conditions_of(phase: str) -> list[Manifest]:
    """The conditions of a status in this phase."""
    true = {"Done": "Complete"}.get(phase, phase)
    return [
        {
            "type": kind,
            "status": "True" if kind == true else "False",
            "reason": phase,
            "message": "",
            "lastTransitionTime": STARTED,
            "observedGeneration": 1,
        }
        for kind in ("Complete", "Failed", "Running", "Suspended")
    ]


def a_status(phase: str, stage: Stage = TRAIN, **fields: Any) -> Manifest:
    """A status that the operator may have written before."""
    run = {
        "key": RUN_KEY,
        "specDigest": SPEC_DIGEST,
        "modelId": MODEL_ID,
        "jobName": names.job_name("faq", RUN_KEY, stage.suffix),
        "step": stage.step,
        "attempt": 1,
    }
    found = {"phase": phase, "observedGeneration": 1, "run": run}
    found["conditions"] = conditions_of(phase)
    return found | fields


SPEC_DIGEST = spec_digest(a_task())
_METADATA = ("uid", "resourceVersion", "deletionTimestamp", "annotations")


def job_manifest(
    *, end: str = "", reason: str = "", message: str = "", name: str = JOB_NAME, **counts: Any
) -> Manifest:
    """A Job that the operator created. `counts`: active, ready, failed, succeeded; or metadata."""
    meta = {key: counts.pop(key) for key in list(counts) if key in _METADATA}
    owner, stage = counts.pop("owner", UID), counts.pop("stage", TRAIN)
    labels = {names.STEP_LABEL: stage.label, **counts.pop("labels", {})}
    condition = {
        "type": end,
        "status": "True",
        "reason": reason,
        "message": message,
        "lastTransitionTime": ENDED,
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": "team",
            "uid": JOB_UID,
            "resourceVersion": "110",
            "creationTimestamp": counts.pop("created", CREATED),
            "labels": labels,
            "annotations": {names.MODEL_ID_ANNOTATION: MODEL_ID, names.GPUS_ANNOTATION: "2"},
            "ownerReferences": [
                {"kind": names.KIND, "name": "faq", "uid": owner, "controller": True}
            ],
            **meta,
        },
        "spec": {"suspend": counts.pop("suspend", False)},
        "status": {**counts, "conditions": [condition] if end else []},
    }


def a_job(**changes: Any) -> Job:
    """A Job as the operator sees it."""
    return job_of(job_manifest(**changes))


def pod_manifest(
    *,
    name: str = f"{JOB_NAME}-abcde",
    exit_code: int | None = None,
    message: object = "",
    killed_by: str = "Error",
    reason: str = "",
    started: str | None = STARTED,
    created: str = CREATED,
    owner: str = JOB_UID,
    container: str = names.TRAINER_CONTAINER,
) -> Manifest:
    """An attempt; `exit_code` None: it runs. `message`: text, or what becomes JSON."""
    text = message if isinstance(message, str) else as_message(message)
    if exit_code is None:
        state: Manifest = {"running": {"startedAt": started}}
    else:
        ended = {"exitCode": exit_code, "reason": killed_by, "message": text}
        state = {"terminated": {**ended, "startedAt": started, "finishedAt": ENDED}}
    return {
        "metadata": {
            "name": name,
            "namespace": "team",
            "creationTimestamp": created,
            "ownerReferences": [{"kind": "Job", "uid": owner, "controller": True}],
        },
        "status": {
            "reason": reason,
            "containerStatuses": [
                {"name": "istio-proxy", "state": {"running": {}}},
                {"name": container, "state": state},
            ],
        },
    }


def a_pod(**changes: Any) -> Pod:
    """An attempt as the operator sees it."""
    return pod_of(pod_manifest(**changes))


_RESULT: TypeAdapter[result.StepResult] = TypeAdapter(result.StepResult)


def as_message(content: object) -> str:
    """A termination message: what the trainer would write."""
    return result.termination_message(_RESULT.validate_python(content))


def said_failed(reason: str, message: str, hint: str = "") -> Manifest:
    """The content of a termination message of a failed trainer."""
    return {"outcome": "Failed", "reason": reason, "message": message, "hint": hint}


def a_waiting_pod(
    reason: str = "", message: str = "", unschedulable: str = "", name: str = "waits"
) -> Pod:
    """An attempt that has not started, and why."""
    scheduled = {"type": "PodScheduled", "status": "False" if unschedulable else "True"}
    state = {"waiting": {"reason": reason, "message": message}} if reason else {}
    containers = [{"name": names.TRAINER_CONTAINER, "state": state}]
    conditions = [{**scheduled, "message": unschedulable}]
    status = {"conditions": conditions, "containerStatuses": [] if unschedulable else containers}
    meta = {"name": name, "uid": "pod-uid", "creationTimestamp": CREATED}
    return pod_of({"metadata": meta, "status": status})


def a_progress(percentage: int = 62, **changes: Any) -> Progress:
    """What a trainer says of its progress."""
    found = {"step": 5 * percentage, "totalSteps": 500, "epoch": 1.86, "loss": 0.231, **changes}
    return Progress.model_validate({"percentage": percentage, **found})


def later(seconds: float) -> datetime:
    """So many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


KEY = Key("team", "faq")
