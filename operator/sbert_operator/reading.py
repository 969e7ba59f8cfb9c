"""Manifests to what is remembered of them.

It must never raise: people can write anything into a task, and a pod can say anything in its
termination message.
"""

from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from sbert_api import names
from sbert_api.conditions import ConditionType
from sbert_api.kinds import EVALUATION_TASK, TRAINING_TASK, Kind
from sbert_api.v1alpha1.common import Storage
from sbert_api.v1alpha1.evaluation_status import EvaluationTaskStatus
from sbert_api.v1alpha1.evaluation_task import EvaluationTaskSpec
from sbert_api.v1alpha1.training_status import Progress, TrainingTaskStatus
from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_operator import sanitise, times
from sbert_operator.observed import (
    AnyStatus,
    Evaluation,
    Job,
    Key,
    Manifest,
    Pod,
    Spec,
    Status,
    Task,
    TaskOf,
    Trained,
)

_NEVER_STARTED = ("StartError", "ContainerCannotRun")
_CONTAINERS = (names.TRAINER_CONTAINER, names.PREFLIGHT_CONTAINER)
RESTARTED_AT_LENGTH = 128
_EPOCH = datetime.fromtimestamp(0, UTC)


def task_of(manifest: Manifest) -> Task:
    """What is remembered of a TrainingTask."""
    return _read(manifest, TRAINING_TASK, TrainingTaskSpec, TrainingTaskStatus)


def evaluation_of(manifest: Manifest) -> Evaluation:
    """What is remembered of an EvaluationTask."""
    return _read(manifest, EVALUATION_TASK, EvaluationTaskSpec, EvaluationTaskStatus)


def _read(
    manifest: Manifest, kind: Kind, spec_model: type[Spec], status_model: type[Status]
) -> TaskOf[Spec, Status]:
    meta = manifest["metadata"]
    raw_status = manifest.get("status")
    status = readable(raw_status, status_model)
    finished = is_finished(status)
    restarted_at = _restarted_at(meta)
    at_rest = finished and _is_answered(meta, status, restarted_at)
    spec, invalid = (None, "") if at_rest else _spec(manifest.get("spec"), spec_model)
    return TaskOf(
        kind=kind,
        key=Key(meta["namespace"], meta["name"]),
        uid=meta["uid"],
        version=int(meta["resourceVersion"]),
        generation=meta.get("generation", 0),
        created=times.parse(meta.get("creationTimestamp")) or _EPOCH,
        deleting="deletionTimestamp" in meta,
        finished=finished,
        at_rest=at_rest,
        restarted_at=restarted_at,
        expires=_expires(manifest.get("spec"), status) if finished else None,
        phase=status.phase,
        spec=spec,
        invalid=invalid,
        status=status_model() if at_rest else status,
        raw_status=raw_status if isinstance(raw_status, dict) and not at_rest else {},
    )


def job_of(manifest: Manifest) -> Job:
    """What is remembered of a Job."""
    meta, status = manifest["metadata"], manifest.get("status") or {}
    owner, labels = _controller(meta), meta.get("labels") or {}
    annotations = meta.get("annotations") or {}
    conditions = status.get("conditions") or ()
    end: Manifest = next((c for c in conditions if _is_true(c, ("Complete", "Failed"))), {})
    return Job(
        key=Key(meta["namespace"], meta["name"]),
        uid=meta["uid"],
        version=int(meta["resourceVersion"]),
        created=times.parse(meta.get("creationTimestamp")) or _EPOCH,
        owner_uid=owner.get("uid", ""),
        owner_name=owner.get("name", ""),
        owner_kind=owner.get("kind", ""),
        model_id=annotations.get(names.MODEL_ID_ANNOTATION, ""),
        step=labels.get(names.STEP_LABEL, ""),
        queued=names.QUEUE_LABEL in labels,
        suspended=bool((manifest.get("spec") or {}).get("suspend")),
        gpus=_count(annotations.get(names.GPUS_ANNOTATION)),
        deleting="deletionTimestamp" in meta,
        active=status.get("active") or 0,
        ready=status.get("ready") or 0,
        attempts=_attempts(status),
        end=end.get("type", ""),
        reason=end.get("reason", ""),
        message=sanitise.one_line(end.get("message", "")),
        ended=times.parse(end.get("lastTransitionTime")),
    )


def pod_of(manifest: Manifest) -> Pod:
    """What is needed of a pod of a step's Job."""
    meta, status = manifest["metadata"], manifest.get("status") or {}
    containers = status.get("containerStatuses") or ()
    own: Manifest = next((c for c in containers if c.get("name") in _CONTAINERS), {})
    state = own.get("state") or {}
    ended, waiting = state.get("terminated") or {}, state.get("waiting") or {}
    began = ended.get("startedAt") or (state.get("running") or {}).get("startedAt")
    return Pod(
        name=meta["name"],
        uid=meta.get("uid", ""),
        created=times.parse(meta.get("creationTimestamp")) or _EPOCH,
        reason=status.get("reason", ""),
        started=None if ended.get("reason") in _NEVER_STARTED else times.parse(began),
        exit_code=ended.get("exitCode"),
        killed_by=ended.get("reason", ""),
        message=ended.get("message", ""),
        ended=times.parse(ended.get("finishedAt")),
        unschedulable=_unschedulable(status),
        waiting=waiting.get("reason", ""),
        waiting_message=waiting.get("message", ""),
    )


def is_controlled_by(manifest: Manifest, uid: str) -> bool:
    """Whether the controlling owner of an object has this uid: names alone are never trusted."""
    return bool(_controller(manifest["metadata"]).get("uid") == uid)


def readable(raw: object, model: type[Status]) -> Status:
    """The fields of a status that can be understood; the others count as not set."""
    try:
        return model.model_validate(raw or {})
    except ValidationError:
        kept = {name: part for name, part in _items(raw) if _is_readable(name, part, model)}
        return model.model_validate(kept)


def trained_of(manifest: Manifest) -> Trained:
    """What a TrainingTask says to an evaluation that refers to it."""
    raw = manifest.get("status")
    status, meta = readable(raw, TrainingTaskStatus), manifest["metadata"]
    if not is_finished(status) or not _is_answered(meta, status, _restarted_at(meta)):
        return Trained("AtWork")
    if status.phase == "Done" and status.trained_model_id:
        spec = manifest.get("spec") or {}
        storage = _storage(spec.get("storage"))
        return Trained("Done", status.trained_model_id, spec.get("modelTag", ""), storage)
    return Trained("Failed", message=status.error_msg or status.reason)


def _storage(raw: object) -> Storage | None:
    try:
        return Storage.model_validate(raw) if raw else None
    except ValidationError:
        return None


def is_finished(status: AnyStatus) -> bool:
    """Whether a task ended: a terminal condition is True. The phase is for people only."""
    ends = (ConditionType.COMPLETE, ConditionType.FAILED)
    return any(c.type in ends and c.status == "True" for c in status.conditions)


def _restarted_at(meta: Manifest) -> str:
    """The annotation's value, cut to what a status has room for."""
    found = (meta.get("annotations") or {}).get(names.RESTARTED_AT_ANNOTATION)
    return sanitise.one_line(found, RESTARTED_AT_LENGTH) if isinstance(found, str) else ""


def _is_answered(meta: Manifest, status: AnyStatus, restarted_at: str) -> bool:
    """Whether the status is about all that people ask for now."""
    known = (status.run and status.run.restarted_at) or ""
    return status.observed_generation >= meta.get("generation", 0) and (restarted_at in ("", known))


def _expires(spec: object, status: AnyStatus) -> datetime | None:
    """When ttlSecondsAfterFinished is over."""
    ttl = spec.get("ttlSecondsAfterFinished") if isinstance(spec, dict) else None
    end = times.parse(status.end_date)
    return end + timedelta(seconds=ttl) if end and isinstance(ttl, int) else None


def _unschedulable(status: Manifest) -> str:
    conditions = status.get("conditions") or ()
    scheduled: Manifest = next((c for c in conditions if c.get("type") == "PodScheduled"), {})
    return str(scheduled.get("message", "")) if scheduled.get("status") == "False" else ""


def _items(raw: object) -> list[tuple[str, object]]:
    return list(raw.items()) if isinstance(raw, dict) else []


def _is_readable(name: str, part: object, model: type[Status]) -> bool:
    try:
        model.model_validate({name: part})
    except ValidationError:
        return False
    return True


def _spec(raw: object, model: type[Spec]) -> tuple[Spec | None, str]:
    """The spec, or None and one line that names the first field that is wrong."""
    try:
        return model.model_validate(raw), ""
    except ValidationError as error:
        return None, _first_fault(error)


def _first_fault(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(["spec", *map(str, first["loc"])])
    return sanitise.one_line(f"{place}: {first['msg']}")


def _attempts(status: Manifest) -> int:
    """Pods that were started. An ended pod waits in uncountedTerminatedPods before it is counted:
    without those the number would fall and rise again."""
    counted = sum(status.get(name) or 0 for name in ("active", "succeeded", "failed"))
    waiting = status.get("uncountedTerminatedPods") or {}
    return counted + sum(len(waiting.get(name) or ()) for name in ("succeeded", "failed"))


def _count(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() else 0


def _controller(meta: Manifest) -> Manifest:
    owners = meta.get("ownerReferences") or ()
    return next((owner for owner in owners if owner.get("controller")), {})


def _is_true(condition: Manifest, types: tuple[str, ...]) -> bool:
    return condition.get("type") in types and condition.get("status") == "True"


def progress_as_read(said: Progress, now: datetime) -> Progress:
    """What a trainer says of its progress, with a summary of ours and the time."""
    update = {"summary": f"{said.percentage}%", "last_updated_time": times.as_text(now)}
    return said.model_copy(update=update)
