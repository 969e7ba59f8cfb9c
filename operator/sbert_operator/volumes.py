"""The volumes of a step's pod and where they are mounted. Pure."""

from sbert_api import names
from sbert_api.v1alpha1.common import Storage, VolumeSource
from sbert_operator.observed import Manifest
from sbert_operator.settings import TrainerSettings

TASK_VOLUME_MODE = 0o444


SHARED_MEMORY: Manifest = {"name": "shm", "mountPath": "/dev/shm"}  # noqa: S108


def first_named(own: Storage | None, lent: Storage | None) -> Storage | None:
    """Each volume as `own` names it, else as `lent` does."""
    if own is None or lent is None:
        return own or lent
    return Storage(datasets=own.datasets or lent.datasets, models=own.models or lent.models)


def mounts_of(storage: Storage | None, settings: TrainerSettings) -> list[Manifest]:
    """Mounts of a step's container."""
    datasets, models = _sources(storage, settings)
    mounts: list[Manifest] = [
        {"name": "datasets", "mountPath": names.DATASETS_PATH, "readOnly": True},
        {"name": "models", "mountPath": names.MODELS_PATH},
        {"name": "task", "mountPath": names.TASK_FOLDER, "readOnly": True},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
    ]
    for mount, source in zip(mounts, (datasets, models), strict=False):
        if source.sub_path:
            mount["subPath"] = source.sub_path
    return mounts


def of_pod(
    storage: Storage | None, settings: TrainerSettings, mounts: list[Manifest]
) -> list[Manifest]:
    """The volumes that are mounted."""
    datasets, models = _sources(storage, settings)
    path = f"metadata.annotations['{names.TASK_ANNOTATION}']"
    item = {"path": names.TASK_FILE_NAME, "fieldRef": {"fieldPath": path}}
    volumes: list[Manifest] = [
        # Not readOnly here: a claim that datasets and models share is mounted once.
        {"name": "datasets", "persistentVolumeClaim": {"claimName": datasets.claim_name}},
        {"name": "models", "persistentVolumeClaim": {"claimName": models.claim_name}},
        {"name": "task", "downwardAPI": {"items": [item], "defaultMode": TASK_VOLUME_MODE}},
        {"name": "tmp", "emptyDir": {}},
        {"name": "shm", "emptyDir": {"medium": "Memory"}},
    ]
    mounted = {mount["name"] for mount in mounts}
    return [volume for volume in volumes if volume["name"] in mounted]


def _sources(
    storage: Storage | None, settings: TrainerSettings
) -> tuple[VolumeSource, VolumeSource]:
    """Where datasets and models are: what the task says, else the operator's settings."""
    storage = storage or Storage()
    return (
        storage.datasets or VolumeSource(claim_name=settings.datasets_claim),
        storage.models or VolumeSource(claim_name=settings.models_claim),
    )
