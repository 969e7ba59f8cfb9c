"""Runs on a real control plane: begun again when asked for, never else; paused, cut off, reused."""

import json
import shutil
import subprocess
from collections.abc import Callable

import pytest

from devcluster.cluster import Json, until
from sbert_api import names
from sbert_operator.steps import PREFLIGHT, TRAIN
from tests.integration.team import Team, percentages

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),  # the first test pays for the cluster's start and helm
]

LONG: Json = {"epochs": 1000, "dataloaderNumWorkers": 0}
RESTARTED_AT = names.RESTARTED_AT_ANNOTATION


def steps(team: Team) -> list[str]:
    """What the namespace's Jobs do."""
    return sorted(job["metadata"]["labels"][names.STEP_LABEL] for job in team.jobs())


def wait_for_run(team: Team, name: str, number: int, *phases: str) -> Json:
    """The status once the task's run of this number, counted from 1, is in one of these phases."""

    def reached(task: Json) -> bool:
        status = task.get("status", {})
        return len(status.get("history", [])) == number - 1 and status.get("phase") in phases

    found = team.cluster.wait_for("trainingtask", name, team.namespace.name, reached, seconds=90)
    status: Json = found["status"]
    return status


def wait_until_answered(team: Team, name: str) -> Json:
    """The status once it speaks of the latest spec."""

    def answered(task: Json) -> bool:
        seen = task.get("status", {}).get("observedGeneration")
        return bool(seen == task["metadata"]["generation"])

    status: Json = team.cluster.wait_for("trainingtask", name, team.namespace.name, answered)[
        "status"
    ]
    return status


def annotate(team: Team, name: str, annotation: str) -> None:
    team.cluster.kubectl(
        "annotate", "tt", name, "--overwrite", annotation, "-n", team.namespace.name
    )


@pytest.fixture(scope="module")
def repeated(new_team: Callable[[], Team]) -> Team:
    """A task that was trained, changed and trained, and asked for once more."""
    team = new_team()
    team.apply("faq")
    wait_for_run(team, "faq", 1, "Done", "Failed")
    team.apply("faq", epochs=2)
    wait_for_run(team, "faq", 2, "Done", "Failed")
    annotate(team, "faq", f"{RESTARTED_AT}=once")
    wait_for_run(team, "faq", 3, "Done", "Failed")
    return team


def test_a_changed_spec_and_the_annotation_each_train_once_more(repeated: Team) -> None:
    status = repeated.status("faq")
    outcomes = [status, *status["history"]]
    assert [outcome["phase"] for outcome in outcomes] == ["Done", "Done", "Done"]
    models = {outcome["trainedModelId"] for outcome in outcomes}
    assert len(models) == 3
    for model in models:
        assert (repeated.namespace.models / model / "modules.json").is_file()


def test_only_the_jobs_of_the_latest_run_are_left(repeated: Team) -> None:
    assert steps(repeated) == [PREFLIGHT.label, TRAIN.label]
    key = repeated.status("faq")["run"]["key"]
    assert all(key in job["metadata"]["name"] for job in repeated.jobs())


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="the same again"),
        pytest.param({"ttlSecondsAfterFinished": 3600}, id="a field that is not of the run"),
        pytest.param({"seed": 42}, id="a default written out"),
    ],
)
def test_what_changes_nothing_trains_nothing(repeated: Team, change: Json) -> None:
    before = repeated.status("faq")["run"]
    jobs = {job["metadata"]["uid"] for job in repeated.jobs()}
    repeated.apply("faq", epochs=2, **change)
    annotate(repeated, "faq", f"{RESTARTED_AT}-")
    status = wait_until_answered(repeated, "faq")
    assert (status["phase"], status["run"]) == ("Done", before)
    assert {job["metadata"]["uid"] for job in repeated.jobs()} == jobs


def test_a_deleted_job_of_a_finished_run_is_not_made_again(repeated: Team) -> None:
    before = repeated.status("faq")
    repeated.cluster.kubectl("delete", "job", "--all", "-n", repeated.namespace.name)
    repeated.apply("after", epochs=2)
    repeated.wait("after", "Done")  # by then what was deleted was looked at
    uid = repeated.task("faq")["metadata"]["uid"]
    assert repeated.jobs(uid) == []
    assert repeated.status("faq")["run"] == before["run"]
    repeated.delete("after")


def test_the_pod_of_a_changed_task_is_gone_before_the_next_run_starts(team: Team) -> None:
    team.apply("faq", **LONG)
    team.wait("faq", "Running")
    old = team.running_pod("faq")
    team.apply("faq", epochs=1)
    status = wait_for_run(team, "faq", 2, "Done", "Failed")
    assert status["phase"] == "Done"
    assert status["history"][0]["phase"] == "Running"
    stories = [
        (e["verb"], e["objectRef"]["resource"], e["objectRef"].get("name")) for e in team.audit()
    ]
    gone = max(i for i, story in enumerate(stories) if story == ("delete", "pods", old))
    made = [i for i, story in enumerate(stories) if story[:2] == ("create", "jobs")]
    assert sum(number > gone for number in made) == 2
    assert len(made) == 4


def test_a_suspended_task_stops_and_goes_on_where_it_was(team: Team) -> None:
    team.apply("faq", epochs=200)
    team.wait("faq", "Running")
    until(lambda: percentages(team, "faq")[-1:] > [0], "a part is trained")
    selector = f"{names.STEP_LABEL}={TRAIN.label}"
    team.apply("faq", epochs=200, suspend=True)
    status = team.wait("faq", "Suspended")
    until(lambda: not active_pods(team, selector), "the pod has ended")
    assert conditions(status)["Suspended"] == "True"
    team.apply("faq", epochs=200)
    status = team.wait("faq", "Done", "Failed")
    assert status["phase"] == "Done", status
    assert status["history"] == []
    assert conditions(status)["Suspended"] == "False"
    assert percentages(team, "faq")[0] > 0


def active_pods(team: Team, selector: str) -> list[Json]:
    pods = team.cluster.pods(team.namespace.name, selector)
    return [pod for pod in pods if pod["status"].get("phase") in ("Pending", "Running")]


def conditions(status: Json) -> dict[str, str]:
    return {c["type"]: c["status"] for c in status["conditions"]}


def test_a_task_that_is_born_suspended_waits_without_any_job(team: Team) -> None:
    team.apply("faq", suspend=True)
    team.wait("faq", "Suspended")
    assert team.jobs() == []
    team.apply("faq")
    assert team.wait("faq", "Done", "Failed")["phase"] == "Done"


def test_an_evicted_trainer_costs_no_retry_and_goes_on(team: Team) -> None:
    team.apply("faq", epochs=60, backoffLimit=0)
    team.wait("faq", "Running")
    pod, ns = team.running_pod("faq"), team.namespace.name
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": pod, "namespace": ns},
    }
    path = f"/api/v1/namespaces/{ns}/pods/{pod}/eviction"
    team.cluster.kubectl("create", "--raw", path, "-f", "-", stdin=json.dumps(eviction))
    status = team.wait("faq", "Done", "Failed")
    assert status["phase"] == "Done", status
    assert not [p for p in team.cluster.pods(ns) if p["metadata"]["name"] == pod]


def test_a_task_that_comes_back_is_done_without_training(team: Team) -> None:
    team.apply("faq")
    first = team.wait("faq", "Done", "Failed")
    uid = team.task("faq")["metadata"]["uid"]
    team.delete("faq")
    team.wait_until_gone(uid)
    team.apply("faq")
    second = team.wait("faq", "Done", "Failed")
    assert second["reason"] == "Reused"
    assert second["run"]["reused"] is True
    for field in ("trainedModelId", "metrics"):
        assert second[field] == first[field]
    assert steps(team) == [PREFLIGHT.label]


def test_a_task_that_comes_back_trains_again_if_its_model_was_touched(team: Team) -> None:
    team.apply("faq")
    model = team.wait("faq", "Done", "Failed")["trainedModelId"]
    team.delete("faq")
    weights = team.namespace.models / model / "model.safetensors"
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(changed)
    team.apply("faq")
    assert team.wait("faq", "Done", "Failed")["reason"] == "Published"


def test_bad_data_cost_no_pod_that_asks_for_a_gpu(team: Team) -> None:
    file = team.namespace.datasets / "faq.jsonl"
    file.write_text(file.read_text() + '{"question": 1}\n')
    team.apply("faq", device="cuda", resources={"limits": {"nvidia.com/gpu": 1}})
    status = team.wait("faq", "Failed")
    assert status["reason"] == "DatasetValidationError"
    assert status["run"]["step"] == "Preflight"
    assert conditions(status)["Validated"] == "False"
    (pod,) = team.cluster.pods(team.namespace.name)
    assert "nvidia.com/gpu" not in json.dumps(pod["spec"]["containers"])
    assert steps(team) == [PREFLIGHT.label]


def test_a_task_whose_data_were_mended_is_asked_for_again_by_the_line_in_its_hint(
    team: Team,
) -> None:
    file = team.namespace.datasets / "faq.jsonl"
    good = file.read_text()
    file.write_text(good + "{\n")
    team.apply("faq")
    hint = team.wait("faq", "Failed")["failure"]["hint"]
    line = hint[hint.index("kubectl annotate tt faq") :]
    file.write_text(good)
    command = ["bash", "-c", f"{line} --namespace {team.namespace.name}"]
    subprocess.run(command, check=True, env=team.cluster.environ)
    assert wait_for_run(team, "faq", 2, "Done", "Failed")["phase"] == "Done"


def test_jobs_of_a_finished_task_go_after_their_time_and_the_task_stays(team: Team) -> None:
    team.apply("faq", ttlSecondsAfterFinished=1)
    before = team.wait("faq", "Done", "Failed")
    uid = team.task("faq")["metadata"]["uid"]
    team.wait_until_gone(uid)
    assert team.status("faq") == before
    assert before["phase"] == "Done"


def test_without_preflight_training_finds_bad_data_itself(team: Team) -> None:
    shutil.copy(team.namespace.datasets / "faq.jsonl", team.namespace.datasets / "bad.jsonl")
    with (team.namespace.datasets / "bad.jsonl").open("a") as file:
        file.write("{\n")
    team.apply("faq", trainDatasetIds=["bad"], preflight=False)
    assert team.wait("faq", "Failed")["reason"] == "DatasetValidationError"
    assert steps(team) == [TRAIN.label]


def test_a_queues_job_waits_for_admission_and_is_admitted_by_the_queue_alone(team: Team) -> None:
    team.apply("faq", queueName="gpus", preflight=False)
    status = team.wait("faq", "Queued")
    job = team.job("faq")
    assert job["metadata"]["labels"][names.QUEUE_LABEL] == "gpus"
    assert job["spec"]["suspend"] is True
    team.cluster.wait_for(
        "trainingtask",
        "faq",
        team.namespace.name,
        lambda t: t["status"]["reason"] == "AwaitingAdmission",
    )
    admitted = '{"spec": {"suspend": false}}'  # what Kueue does
    name = job["metadata"]["name"]
    team.cluster.kubectl("patch", "job", name, "-n", team.namespace.name, "-p", admitted)
    status = team.wait("faq", "Done", "Failed")
    assert status["phase"] == "Done"
    patched = [
        entry
        for entry in team.audit()
        if (entry["verb"], entry["objectRef"]["resource"]) == ("patch", "jobs")
        and "serviceaccount" in entry["user"]["username"]
        and not entry["objectRef"].get("subresource")
    ]
    assert patched == []
