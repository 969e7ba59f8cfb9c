"""The Jobs of a run's steps, as dicts. Pure: the same arguments give the same Job.

No text of a user may reach a place that Kubernetes expands ($(VAR) in command, args, env): the task
travels in an annotation, which the downward API copies into a file as it is.
"""

import json

from sbert_api import exit_codes, names
from sbert_api.evaluation_file import EvaluationFile
from sbert_api.task_file import TaskFile
from sbert_api.v1alpha1.training_status import Run
from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_operator import volumes
from sbert_operator.gpus import AnySpec, gpu_count, training_resources
from sbert_operator.observed import AnyTask, Evaluation, Manifest, Task
from sbert_operator.settings import TrainerSettings
from sbert_operator.steps import (
    EVALUATE_LABEL,
    EVALUATE_SUFFIX,
    PREFLIGHT,
    TRAIN,
    Stage,
    stage_of,
)

UID = 10001
BACKOFF_LIMIT = 3
"""Retries of an evaluation."""
GRACE_SECONDS = 120
"""What a pod gets to end by itself: to leave the model volume in order."""
START_SECONDS = 1800
"""What a pod gets to start: its deadline counts from when the node took it, so also while images
are pulled and volumes are mounted."""


def build_job(task: Task, run: Run, settings: TrainerSettings, suffix: str = "") -> Manifest:
    """The Job of the run's present step. `task.spec` must be there.

    `suffix`: of its name, where it is not the step's first Job.
    """
    stage = stage_of(run.step)
    build = build_preflight_job if stage is PREFLIGHT else build_train_job
    return build(task, run, settings, suffix or stage.suffix)


def build_train_job(
    task: Task, run: Run, settings: TrainerSettings, suffix: str = TRAIN.suffix
) -> Manifest:
    """The Job that trains `task` and publishes under the model id of `run`."""
    assert task.spec
    pod = _pod(task.spec, settings, _train_container(task.spec, settings))
    if task.spec.node_selector:
        pod["nodeSelector"] = task.spec.node_selector
    job = _job(task, run, TRAIN, suffix, pod)
    job["metadata"]["annotations"][names.GPUS_ANNOTATION] = str(gpu_count(task.spec, settings))
    if task.spec.queue_name:
        job["metadata"]["labels"] = {
            **job["metadata"]["labels"],
            names.QUEUE_LABEL: task.spec.queue_name,
        }
        job["spec"]["suspend"] = True  # Kueue lets it start
    return job


def build_preflight_job(
    task: Task, run: Run, settings: TrainerSettings, suffix: str = PREFLIGHT.suffix
) -> Manifest:
    """The Job that checks data and model folder. It asks for no GPU and for no node of its own."""
    assert task.spec
    pod = _pod(task.spec, settings, _preflight_container(task.spec, settings))
    return _job(task, run, PREFLIGHT, suffix, pod)


def build_evaluation_job(
    task: Evaluation, assignment: EvaluationFile, settings: TrainerSettings
) -> Manifest:
    """The Job that evaluates a model, in the trainer's image."""
    spec = assignment.spec
    pod = _pod(spec, settings, _trainer_container("evaluate", spec, settings))
    name = names.job_name(task.key.name, assignment.run_key, EVALUATE_SUFFIX)
    job = _manifest(task, name, EVALUATE_LABEL, pod)
    _assign(job, assignment, assignment.model_tag)
    job["metadata"]["annotations"][names.GPUS_ANNOTATION] = str(gpu_count(spec, settings))
    return job


def _job(task: Task, run: Run, stage: Stage, suffix: str, pod: Manifest) -> Manifest:
    assert task.spec
    assert run.model_id
    name = names.job_name(task.key.name, run.key, suffix)
    job = _manifest(task, name, stage.label, pod)
    job["spec"]["backoffLimit"] = task.spec.backoff_limit
    _assign(job, _task_file(task, run), run.model_id)
    if task.spec.tolerations:
        pod["tolerations"] = [toleration.as_json() for toleration in task.spec.tolerations]
    return job


def _manifest(task: AnyTask, name: str, step: str, pod: Manifest) -> Manifest:
    labels = {
        names.MANAGED_BY_LABEL: names.MANAGED_BY,
        names.TASK_UID_LABEL: task.uid,
        names.STEP_LABEL: step,
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": task.key.namespace,
            "labels": labels,
            "annotations": {},
            "ownerReferences": [_owner(task)],
        },
        "spec": {
            "backoffLimit": BACKOFF_LIMIT,
            "podFailurePolicy": _pod_failure_policy(pod["containers"][0]["name"]),
            "template": {
                "metadata": {"labels": labels},
                "spec": pod,
            },
        },
    }


def _assign(job: Manifest, assignment: TaskFile | EvaluationFile, model_id: str) -> None:
    """Put the pod's assignment where the downward API finds it, and name its model on the Job."""
    job["metadata"]["annotations"][names.MODEL_ID_ANNOTATION] = model_id
    text = json.dumps(assignment.as_json(), separators=(",", ":"))
    job["spec"]["template"]["metadata"]["annotations"] = {names.TASK_ANNOTATION: text}


def _owner(task: AnyTask) -> Manifest:
    return {
        "apiVersion": names.API_VERSION,
        "kind": task.kind.name,
        "name": task.key.name,
        "uid": task.uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }


def _pod_failure_policy(container: str) -> Manifest:
    """A disrupted pod costs no attempt; an error that would come again ends the Job at once."""
    disrupted = [{"type": "DisruptionTarget", "status": "True"}]
    permanent = {
        "containerName": container,
        "operator": "In",
        "values": sorted(exit_codes.PERMANENT_CODES),
    }
    return {
        "rules": [
            {"action": "Ignore", "onPodConditions": disrupted},
            {"action": "FailJob", "onExitCodes": permanent},
        ]
    }


def _task_file(task: Task, run: Run) -> TaskFile:
    assert task.spec
    assert run.model_id
    return TaskFile(
        name=task.key.name,
        namespace=task.key.namespace,
        uid=task.uid,
        run_key=run.key,
        model_id=run.model_id,
        restarted=run.restarted,
        spec=task.spec,
    )


def _pod(spec: AnySpec, settings: TrainerSettings, container: Manifest) -> Manifest:
    return {
        "restartPolicy": "Never",
        # A backstop: the trainer keeps the real clock, over all attempts.
        "activeDeadlineSeconds": START_SECONDS + spec.timeout_seconds + GRACE_SECONDS,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "serviceAccountName": settings.service_account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": UID,
            "runAsGroup": UID,
            "fsGroup": UID,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": volumes.of_pod(spec.storage, settings, container["volumeMounts"]),
    }


def _train_container(spec: TrainingTaskSpec, settings: TrainerSettings) -> Manifest:
    """Worker processes hand batches over in shared memory."""
    container = _trainer_container("train", spec, settings)
    if spec.dataloader_num_workers:
        container["volumeMounts"].append(volumes.SHARED_MEMORY)
    return container


def _trainer_container(command: str, spec: AnySpec, settings: TrainerSettings) -> Manifest:
    return {
        "name": names.TRAINER_CONTAINER,
        "image": settings.image,
        "imagePullPolicy": settings.image_pull_policy,
        "args": [command, "--task", names.TASK_FILE],
        "env": [
            {"name": "HOME", "value": "/tmp"},  # noqa: S108 - an emptyDir of the pod's own
            {"name": "HF_HOME", "value": "/tmp/hf"},  # noqa: S108
            {"name": "HF_HUB_OFFLINE", "value": "1"},
            {"name": "TRANSFORMERS_OFFLINE", "value": "1"},
        ],
        "resources": training_resources(spec, settings),
        **_RESTRICTED,
        "volumeMounts": volumes.mounts_of(spec.storage, settings),
    }


def _preflight_container(spec: TrainingTaskSpec, settings: TrainerSettings) -> Manifest:
    """The operator's image has the trainer's checks and no torch."""
    return {
        "name": names.PREFLIGHT_CONTAINER,
        "image": settings.preflight_image,
        "imagePullPolicy": settings.preflight_pull_policy,
        "command": ["sbert-trainer"],
        "args": ["validate", "--task", names.TASK_FILE],
        "resources": settings.preflight_resources.as_json(),
        **_RESTRICTED,
        "volumeMounts": volumes.mounts_of(spec.storage, settings),
    }


_RESTRICTED: Manifest = {
    "terminationMessagePath": names.TERMINATION_LOG,
    "terminationMessagePolicy": "FallbackToLogsOnError",
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    },
}
