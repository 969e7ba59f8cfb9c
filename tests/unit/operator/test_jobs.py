"""The training Job: compared with committed YAML, and rule by rule.

After a wanted change, `UPDATE_SNAPSHOTS=1 pytest tests/unit/operator/test_jobs.py` writes it anew.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sbert_api import names
from sbert_api.exit_codes import PERMANENT_CODES
from sbert_api.task_file import TaskFile
from sbert_api.v1alpha1.common import Resources
from sbert_operator.jobs import build_job
from sbert_operator.observed import Task
from sbert_operator.runs import new_run
from sbert_operator.settings import TrainerSettings
from tests.unit.operator.builders import MODEL_ID, NOW, RUN_KEY, SETTINGS, a_task

SNAPSHOTS = Path(__file__).parent / "snapshots"
EVERYTHING = TrainerSettings(
    image="registry.example/trainer@sha256:" + "a" * 64,
    preflight_image="registry.example/operator:1",
    image_pull_policy="Always",
    service_account="trainer",
    datasets_claim="data",
    models_claim="hub",
    resources=Resources(requests={"cpu": 2}, limits={"memory": "16Gi"}),
    gpu_resource="example.com/gpu",
    preflight_pull_policy="Never",
    preflight_resources=Resources(limits={"memory": "1Gi"}),
)
RICH_SPEC: dict[str, Any] = {
    "device": "cuda",
    "timeoutSeconds": 600,
    "backoffLimit": 0,
    "dataloaderNumWorkers": 2,
    "storage": {
        "datasets": {"claimName": "shared", "subPath": "team-a/data"},
        "models": {"claimName": "shared", "subPath": "team-a/models"},
    },
    "nodeSelector": {"pool": "gpu"},
    "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}],
}
CHECKED_FIRST = {"preflight": True}
CASES = {
    "minimal-cpu": (a_task(), SETTINGS),
    "gpu-with-everything": (a_task(RICH_SPEC), EVERYTHING),
    "preflight": (a_task(CHECKED_FIRST), SETTINGS),
    "preflight-with-everything": (a_task(RICH_SPEC | CHECKED_FIRST), EVERYTHING),
}


def build_first(task: Task, settings: TrainerSettings = SETTINGS) -> dict[str, Any]:
    """The first Job of a task's first run."""
    return build_job(task, new_run(task, (), NOW), settings)


def build(spec: dict[str, Any], settings: TrainerSettings = SETTINGS) -> dict[str, Any]:
    return build_first(a_task(spec), settings)


def container(job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = job["spec"]["template"]["spec"]["containers"][0]
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_job_is_the_committed_one(name: str) -> None:
    task, settings = CASES[name]
    as_sent = json.loads(json.dumps(build_first(task, settings)))
    text = yaml.safe_dump(as_sent, sort_keys=False, width=100)
    file = SNAPSHOTS / f"{name}.yaml"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.write_text(text)
    assert file.read_text() == text


def test_the_pod_gets_the_whole_spec_as_a_file() -> None:
    job = build({"epochs": 3})
    template = job["spec"]["template"]
    text = template["metadata"]["annotations"][names.TASK_ANNOTATION]
    task = TaskFile.model_validate(json.loads(text))
    assert (task.model_id, task.spec.epochs) == (MODEL_ID, 3)
    assert task.run_key in job["metadata"]["name"]
    item = next(v for v in template["spec"]["volumes"] if v["name"] == "task")["downwardAPI"]
    expected = f"metadata.annotations['{names.TASK_ANNOTATION}']"
    assert item["items"][0]["fieldRef"]["fieldPath"] == expected


def test_permanent_exit_codes_end_the_job_and_disruptions_cost_nothing() -> None:
    ignore, fail = build({})["spec"]["podFailurePolicy"]["rules"]
    assert ignore["action"] == "Ignore"
    assert ignore["onPodConditions"][0]["type"] == "DisruptionTarget"
    assert fail["onExitCodes"]["values"] == sorted(PERMANENT_CODES)


def test_the_pods_deadline_is_behind_the_trainers_own_and_leaves_time_to_start() -> None:
    pod = build({"timeoutSeconds": 600})["spec"]["template"]["spec"]
    assert pod["activeDeadlineSeconds"] == 1800 + 600 + 120


GPU = "nvidia.com/gpu"


@pytest.mark.parametrize(
    ("spec", "limits"),
    [
        pytest.param({"device": "cpu"}, None, id="cpu asks for none"),
        pytest.param({"device": "auto"}, None, id="auto asks for none"),
        pytest.param({"device": "cuda"}, {GPU: 1}, id="cuda asks for one"),
        pytest.param({"device": "cuda:0"}, {GPU: 1}, id="the first device needs one"),
        pytest.param({"device": "cuda:3"}, {GPU: 4}, id="the fourth device needs four"),
        pytest.param(
            {"device": "cuda:1", "resources": {"limits": {GPU: 8}}},
            {GPU: 8},
            id="a numbered device among the task's own number",
        ),
        pytest.param(
            {"device": "cuda", "resources": {"limits": {GPU: 2}}},
            {GPU: 2},
            id="the task's own number",
        ),
        pytest.param(
            {"device": "cuda", "resources": {"limits": {"memory": "8Gi"}}},
            {"memory": "8Gi", GPU: 1},
            id="beside other limits",
        ),
        pytest.param(
            {"device": "cuda", "resources": {"limits": {"nvidia.com/mig-1g.10gb": 1}}},
            {"nvidia.com/mig-1g.10gb": 1},
            id="a slice is a GPU",
        ),
    ],
)
def test_a_gpu_is_asked_for_where_the_device_needs_one(
    spec: dict[str, Any], limits: dict[str, Any] | None
) -> None:
    assert container(build(spec))["resources"].get("limits") == limits


def test_the_tasks_resources_take_the_place_of_the_default_ones() -> None:
    own = {"requests": {"cpu": "500m"}}
    assert container(build({"resources": own}, EVERYTHING))["resources"] == own
    default = container(build({}, EVERYTHING))["resources"]
    assert default == {"requests": {"cpu": 2}, "limits": {"memory": "16Gi"}}


def test_shared_memory_is_there_only_for_worker_processes() -> None:
    without = build({})["spec"]["template"]["spec"]["volumes"]
    assert "shm" not in [volume["name"] for volume in without]
    volumes = build({"dataloaderNumWorkers": 1})["spec"]["template"]["spec"]["volumes"]
    assert volumes[-1] == {"name": "shm", "emptyDir": {"medium": "Memory"}}


def test_the_restricted_pod_security_standard_is_met() -> None:
    pod = build(RICH_SPEC)["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    security = container(build(RICH_SPEC))["securityContext"]
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    kinds = {kind for volume in pod["volumes"] for kind in volume if kind != "name"}
    assert kinds <= {"persistentVolumeClaim", "downwardAPI", "emptyDir"}


def test_the_pod_has_no_way_to_the_api_server() -> None:
    pod = build({})["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False


@given(name=st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,198}[a-z0-9])?", fullmatch=True))
def test_any_tasks_name_gives_a_name_that_fits_a_label(name: str) -> None:
    job = build_first(a_task(name=name))["metadata"]["name"]
    assert len(job) <= 63
    assert "." not in job


def test_nothing_a_user_writes_is_where_kubernetes_expands_variables() -> None:
    plain, evil = container(build({})), container(build({"modelTag": "a", "outputPath": "b"}))
    for place in ("args", "env", "image"):
        assert evil[place] == plain[place]
    assert "command" not in evil


def test_the_same_task_gives_the_same_job() -> None:
    assert build(RICH_SPEC) == build(RICH_SPEC)


def test_the_key_of_a_run_is_the_same_in_every_version() -> None:
    assert new_run(a_task(), (), NOW).key == RUN_KEY


def test_a_check_asks_for_no_gpu_and_no_node_of_the_gpus() -> None:
    job = build(RICH_SPEC | CHECKED_FIRST, EVERYTHING)
    pod = job["spec"]["template"]["spec"]
    assert "nodeSelector" not in pod
    assert container(job)["resources"] == {"limits": {"memory": "1Gi"}}
    assert job["metadata"]["labels"][names.STEP_LABEL] == "preflight"


def test_a_check_runs_the_operators_image_with_the_trainers_command() -> None:
    job = build(CHECKED_FIRST)
    assert container(job)["image"] == "operator:1"
    assert container(job)["command"] == ["sbert-trainer"]
    assert container(job)["args"] == ["validate", "--task", names.TASK_FILE]


def test_a_queue_is_named_on_the_training_job_which_it_lets_start() -> None:
    queued = build({"queueName": "gpus"})
    assert queued["metadata"]["labels"][names.QUEUE_LABEL] == "gpus"
    assert queued["spec"]["suspend"] is True
    template = queued["spec"]["template"]["metadata"]["labels"]
    assert names.QUEUE_LABEL not in template
    check = build({"queueName": "gpus"} | CHECKED_FIRST)
    assert names.QUEUE_LABEL not in check["metadata"]["labels"]


def test_a_run_that_was_asked_for_anew_says_so_to_the_trainer() -> None:
    task = a_task(annotations={names.RESTARTED_AT_ANNOTATION: "2026-01-02"})
    text = build_first(task)["spec"]["template"]["metadata"]["annotations"][names.TASK_ANNOTATION]
    assert TaskFile.model_validate(json.loads(text)).restarted is True
    assert TaskFile.model_validate(json.loads(text)).run_key != RUN_KEY
