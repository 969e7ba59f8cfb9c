"""The fixed names of the API: group, labels, annotations, paths; and names made of a task.

A name made here is a pure function of the task, so creating an object twice meets itself (409).
"""

import hashlib
import json
import re
from datetime import datetime
from typing import Any

GROUP = "sbert-operator.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "TrainingTask"
PLURAL = "trainingtasks"
EVALUATION_KIND = "EvaluationTask"
EVALUATION_PLURAL = "evaluationtasks"

MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
MANAGED_BY = "sbert-operator"
TASK_UID_LABEL = f"{GROUP}/task-uid"
STEP_LABEL = f"{GROUP}/step"
TASK_ANNOTATION = f"{GROUP}/task"
"""On the pod: the task file's JSON, which the downward API turns into the file TASK_FILE."""
MODEL_ID_ANNOTATION = f"{GROUP}/model-id"
"""On the Job: the id under which the trained model is published, fixed before the pod starts."""
GPUS_ANNOTATION = f"{GROUP}/gpus"
"""On the Job: how many GPUs its pod holds."""
RESTARTED_AT_ANNOTATION = f"{GROUP}/restartedAt"
"""On the task, by people: a new value asks for a new run of the same spec."""
QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
"""On the Job: the Kueue queue that admits it."""

ID_SEGMENT = r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"
DATASET_ID_PATTERN = rf"^{ID_SEGMENT}$"
MODEL_TAG_PATTERN = rf"^{ID_SEGMENT}(/{ID_SEGMENT}){{0,3}}$"

TRAINER_CONTAINER = "trainer"
PREFLIGHT_CONTAINER = "preflight"
DATASETS_PATH = "/data/datasets"
MODELS_PATH = "/data/models"
TASK_FOLDER = "/task"
TASK_FILE_NAME = "task.json"
TASK_FILE = f"{TASK_FOLDER}/{TASK_FILE_NAME}"
TERMINATION_LOG = "/dev/termination-log"
TERMINATION_MESSAGE_BYTES = 4096
"""The kubelet keeps this many bytes of a termination message."""

MODEL_ID_LENGTH = 253
"""A trained model's id is a modelTag too, and its last part a file name."""
_FINETUNED = re.compile(r"-finetuned-([0-9]{8}-[0-9]{6})-[0-9a-f]{8}$")

KEY_LENGTH = 16
JOB_NAME_PREFIX = 40
"""A Job's name becomes a label value of its pods: 63 characters; key and step need 23 of them."""


def run_key(uid: str, generation: int, restarted_at: str) -> str:
    """The key of the run that began with this generation of the spec: 16 hexadecimal digits.

    A generation stands for one spec of one task, so a spec that comes back later has another key,
    and meets no Job of its earlier run. `restarted_at`: what RESTARTED_AT_ANNOTATION said, or "".
    """
    return _digest({"uid": uid, "generation": generation, "restartedAt": restarted_at})


def spec_digest(spec: dict[str, Any]) -> str:
    """What tells two specs apart: 16 hexadecimal digits.

    `spec` holds only what differs from the defaults, so that a new field with a default does not
    change the digest of a spec that was there before.
    """
    return _digest(spec)


def _digest(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


def job_name(task_name: str, key: str, step: str) -> str:
    """The name of a step's Job: `<task name, cut>-<run key>-<step>`, at most 63 characters.

    The cut is harmless: the key is unique for each task. Dots are allowed in a task's name but not
    in a pod's host name, so they become dashes.
    """
    prefix = task_name[:JOB_NAME_PREFIX].replace(".", "-").rstrip("-")
    return f"{prefix}-{key}-{step}"


def trained_model_id(output_path: str, model_tag: str, created: datetime, uid: str) -> str:
    """`<outputPath>/<last part of modelTag>-finetuned-<YYYYMMDD-HHMMSS>-<first 8 of the uid>`.

    The ending of a model that was trained before is replaced, so that names do not grow with each
    training; a long last part is cut. At most 253 characters.
    """
    suffix = f"-finetuned-{created:%Y%m%d-%H%M%S}-{uid[:8]}"
    base = _FINETUNED.sub("", model_tag.rsplit("/", 1)[-1])
    room = MODEL_ID_LENGTH - len(f"{output_path}/{suffix}")
    return f"{output_path}/{base[:room]}{suffix}"


def trained_at(model_id: str) -> str:
    """The time in a trained model's id; later ones sort behind. Empty for an id of another form."""
    found = _FINETUNED.search(model_id)
    return found.group(1) if found else ""
