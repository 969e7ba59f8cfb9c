"""What goes wrong around the operator: processes die, objects vanish or are in the way."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devcluster.cluster import Cluster, Json, until
from devcluster.operators import leader, operator_away, pod_of, signal_operator
from sbert_api import names
from sbert_api.reasons import Reason
from sbert_operator.reading import task_of
from sbert_operator.runs import new_run
from sbert_operator.steps import PREFLIGHT
from tests.integration.team import NOWHERE, Team

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),  # the first test pays for the cluster's start and helm
]


def test_an_operator_killed_again_and_again_trains_once_and_ends_well(team: Team) -> None:
    team.apply("faq", epochs=10)
    for phase in ("Queued", "Running"):
        team.wait("faq", phase, "Running", "Done")
        signal_operator(team.cluster, pod_of(leader(team.cluster)), signal.SIGKILL)
    assert team.wait("faq", "Done", "Failed")["phase"] == "Done"
    assert len(team.jobs()) == 2
    assert team.status("faq")["run"]["attempt"] == 1


def test_a_task_that_ends_while_no_operator_runs_has_its_jobs_end(team: Team) -> None:
    team.apply("faq")
    job = team.job("faq")["metadata"]["name"]
    with operator_away(team.cluster):
        team.cluster.wait_for("job", job, team.namespace.name, is_complete, seconds=90)
    status = team.wait("faq", "Done", "Failed")
    assert (status["phase"], status["endDate"]) == ("Done", end_of(team.job("faq")))


def is_complete(job: Json) -> bool:
    return any(c["type"] == "Complete" for c in job.get("status", {}).get("conditions", []))


def end_of(job: Json) -> str:
    conditions = job["status"]["conditions"]
    return next(str(c["lastTransitionTime"]) for c in conditions if c["type"] == "Complete")


def test_a_killed_trainer_is_tried_again_and_the_second_attempt_ends_well(team: Team) -> None:
    team.apply("faq", epochs=10)
    team.wait("faq", "Running")
    pod = team.running_pod("faq")
    team.cluster.signal_pod(team.namespace.name, pod, names.TRAINER_CONTAINER, signal.SIGKILL)
    assert team.wait("faq", "Done", "Failed")["phase"] == "Done"
    assert team.status("faq")["run"]["attempt"] == 2


def test_a_job_deleted_while_it_trains_fails_the_task_and_is_not_made_again(team: Team) -> None:
    team.apply("faq", epochs=1000)
    team.wait("faq", "Running")
    team.cluster.kubectl("delete", "job", "--all", "-n", team.namespace.name)
    status = team.wait("faq", "Failed")
    assert status["reason"] == Reason.JOB_DELETED
    assert status["startTime"] <= status["endDate"]
    assert team.jobs() == []


def test_a_task_deleted_while_it_waits_takes_its_job_along(team: Team) -> None:
    team.apply("faq", **NOWHERE)
    team.wait("faq", "Queued")
    uid = team.task("faq")["metadata"]["uid"]
    team.delete("faq")
    team.wait_until_gone(uid)


def test_a_task_deleted_while_it_trains_takes_its_job_along(team: Team) -> None:
    team.apply("faq", epochs=1000)
    team.wait("faq", "Running")
    uid = team.task("faq")["metadata"]["uid"]
    team.delete("faq")
    team.wait_until_gone(uid)


def test_a_task_created_again_by_the_same_name_is_a_new_task(team: Team) -> None:
    team.apply("faq", trainDatasetIds=["nope"])
    team.wait("faq", "Failed")
    first = team.job("faq", PREFLIGHT.label)["metadata"]
    uid = team.task("faq")["metadata"]["uid"]
    team.delete("faq")
    team.apply("faq", **NOWHERE)
    team.wait("faq", "Queued")
    second = team.job("faq")["metadata"]
    assert first["name"] != second["name"]
    team.wait_until_gone(uid)


def test_somebody_elses_job_of_our_name_is_left_alone_and_waited_for(team: Team) -> None:
    with operator_away(team.cluster):
        team.apply("faq", **NOWHERE)
        task = task_of(team.task("faq"))
        name = new_run(task, (), task.created).job_name
        command = ("create", "job", name, "--image=nobody/nothing:1", "-n", team.namespace.name)
        team.cluster.kubectl(*command)
    team.cluster.wait_for(
        "trainingtask",
        "faq",
        team.namespace.name,
        lambda task: task.get("status", {}).get("reason") == Reason.JOB_NAME_CONFLICT,
    )
    team.cluster.kubectl("delete", "job", name, "-n", team.namespace.name)
    assert team.job("faq")["metadata"]["name"] == name


def test_a_status_written_by_hand_is_put_right(team: Team) -> None:
    team.apply("faq", **NOWHERE)
    team.wait("faq", "Queued")
    lie = json.dumps({"status": {"phase": "Done", "trainedModelId": "evil", "run": None}})
    patch = ("patch", "tt", "faq", "-n", team.namespace.name, "--subresource=status")
    team.cluster.kubectl(*patch, "--type=merge", "-p", lie)
    team.cluster.wait_for("trainingtask", "faq", team.namespace.name, is_put_right)


def is_put_right(task: Json) -> bool:
    status = task["status"]
    return status["phase"] == "Queued" and "run" in status and "trainedModelId" not in status


@contextmanager
def second_operator(cluster: Cluster, log: Path) -> Iterator[None]:
    """An operator beside the installed one, with an administrator's rights; it writes to `log`."""
    command = [sys.executable, "-m", "sbert_operator"]
    images = ["--trainer-image", "sbert-trainer:dev", "--preflight-image", "sbert-operator:dev"]
    options = [*images, "--bind-address", "127.0.0.1", "--port", "0"]
    environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
    with log.open("w") as said:
        process = subprocess.Popen([*command, *options], env=environment, stderr=said)
    try:
        until(lambda: is_ready(process, log), "the second operator is ready")
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        finally:
            process.kill()  # does nothing to one that has ended
    assert process.returncode == 0, log.read_text()


def is_ready(process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, f"the second operator ended: {log.read_text()}"
    return '"ready"' in log.read_text()


def test_two_operators_at_once_double_nothing(team: Team, tmp_path: Path) -> None:
    count = 6
    with second_operator(team.cluster, tmp_path / "log"):
        for number in range(count):
            team.apply(f"faq-{number}", trainDatasetIds=["nope"])
        for number in range(count):
            assert team.wait(f"faq-{number}", "Failed")["reason"] == Reason.DATASET_NOT_FOUND
    assert len(team.jobs()) == count
    created = [
        entry
        for entry in team.audit()
        if (entry["verb"], entry["responseStatus"]["code"]) == ("create", 201)
        and entry.get("objectRef", {}).get("resource") == "jobs"
    ]
    assert len(created) == count


def test_the_operator_goes_on_after_the_api_server_was_killed(team: Team) -> None:
    team.apply("before", **NOWHERE)
    team.wait("before", "Queued")
    team.cluster.signal_component("kube-apiserver")
    ready = ("get", "--raw", "/readyz")
    until(lambda: not team.cluster.try_kubectl(*ready).returncode, "the API server is back")
    team.apply("after", **NOWHERE)
    team.wait("after", "Queued")
    team.delete("before")
