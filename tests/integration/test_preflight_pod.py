"""`sbert-trainer validate --task` in a pod of the operator's image, on real mounts."""

import json

import pytest

from devcluster.cluster import Cluster, Json, Namespace
from sbert_api import names
from sbert_api.result import Checked, Failed, StepResult, parse_termination_message
from tests.devcluster.builders import terminated
from tests.unit.trainer.builders import a_model_folder, a_row, a_task, write_dataset

pytestmark = pytest.mark.cluster


@pytest.fixture
def filled(namespace: Namespace) -> Namespace:
    """A good dataset, and a good model."""
    write_dataset(namespace.datasets, "faq", *map(a_row, range(20)))
    a_model_folder(namespace.models / "base")
    return namespace


def check_in_a_pod(
    cluster: Cluster, namespace: Namespace, *, read_only: bool
) -> tuple[int, StepResult]:
    """The exit code and what the pod leaves for the operator."""
    task = names.TASK_ANNOTATION
    file = {
        "path": names.TASK_FILE_NAME,
        "fieldRef": {"fieldPath": f"metadata.annotations['{task}']"},
    }
    claims = {"datasets": names.DATASETS_PATH, "models": names.MODELS_PATH}
    mounts = [
        {"name": name, "mountPath": path, "readOnly": read_only or name == "datasets"}
        for name, path in claims.items()
    ]
    volumes: list[Json] = [
        {"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims
    ]
    container = {
        "name": names.TRAINER_CONTAINER,
        "image": "sbert-operator:dev",
        "command": ["sbert-trainer", "validate", "--task", names.TASK_FILE],
        "volumeMounts": [*mounts, {"name": "task", "mountPath": names.TASK_FOLDER}],
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "preflight",
            "namespace": namespace.name,
            "annotations": {task: json.dumps(a_task().as_json())},
        },
        "spec": {
            "restartPolicy": "Never",
            "containers": [container],
            "volumes": [*volumes, {"name": "task", "downwardAPI": {"items": [file]}}],
        },
    }
    cluster.apply(pod)
    ended = terminated(cluster.wait_for("pod", "preflight", namespace.name, terminated))
    return ended["exitCode"], parse_termination_message(ended["message"])


def test_a_good_run_is_found_good_and_leaves_nothing(cluster: Cluster, filled: Namespace) -> None:
    code, said = check_in_a_pod(cluster, filled, read_only=False)
    assert (code, type(said)) == (0, Checked)
    assert [path.name for path in filled.models.iterdir()] == ["base"]


def test_v04_a_read_only_model_volume_is_told_before_a_gpu_is_asked_for(
    cluster: Cluster, filled: Namespace
) -> None:
    code, said = check_in_a_pod(cluster, filled, read_only=True)
    assert code == 32
    assert isinstance(said, Failed)
    assert said.reason == "StorageError"
    assert said.message.startswith(f"{names.MODELS_PATH}/.work: Read-only file system")
