"""Evaluations on a real control plane: they wait for their training, compare, and say it once."""

import json
from collections.abc import Callable

import pytest

from devcluster.cluster import Json
from sbert_api import names
from sbert_operator.steps import EVALUATE_LABEL
from tests.integration.team import Team

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),  # the first test pays for the cluster's start and helm
]


def wait(team: Team, name: str, true: Callable[[Json], object], seconds: float = 90) -> Json:
    """The status of an EvaluationTask as soon as something is true of it."""

    def said(task: Json) -> object:
        return task.get("status") and true(task["status"])

    task = team.cluster.wait_for("et", name, team.namespace.name, said, seconds=seconds)
    status: Json = task["status"]
    return status


def has_ended(status: Json) -> bool:
    return status["phase"] in ("Done", "Failed")


def evaluations(team: Team) -> list[Json]:
    """The Jobs that evaluate."""
    selector = f"{names.STEP_LABEL}={EVALUATE_LABEL}"
    return team.cluster.objects("jobs", team.namespace.name, selector)


@pytest.fixture(scope="module")
def judged(new_team: Callable[[], Team]) -> Team:
    """A namespace with a training that is done, and evaluations of all ways, all ended."""
    team = new_team()
    file = team.namespace.datasets / "faq.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    more = [{**row, "question": f"{row['question']} w{n}"} for n in range(3) for row in rows]
    text = "".join(json.dumps(row) + "\n" for row in more)
    (team.namespace.datasets / "more.jsonl").write_text(text)
    team.evaluate("waits", trainingTaskRef={"name": "faq"})
    team.evaluate("by-dataset", modelTag="base", datasetId="more")
    gate = {"metric": "mrr10", "minGain": 0.9}
    team.evaluate("gate", trainingTaskRef={"name": "faq"}, passIf=gate)
    wait(team, "waits", lambda status: status["reason"] == "AwaitingTraining")
    team.apply("faq", epochs=2, trainDatasetIds=["more"], validationFraction=0.4)
    assert team.wait("faq", "Done", "Failed")["phase"] == "Done"
    for name in ("waits", "by-dataset", "gate"):
        assert wait(team, name, has_ended)["phase"] == "Done"
    return team


def test_an_evaluation_waits_for_its_training_and_takes_the_very_rows(judged: Team) -> None:
    status, training = wait(judged, "waits", has_ended), judged.status("faq")
    assert status["modelTag"] == training["trainedModelId"]
    assert status["baselineModelTag"] == "base"
    assert status["verdict"] in ("Better", "Same", "Worse")
    assert status["data"]["rows"] == training["data"]["validationRows"]
    for ours, theirs in (("model", "trained"), ("baseline", "base")):
        found = status["metrics"][ours]["mrr10"]
        assert found == pytest.approx(training["metrics"][theirs]["mrr10"], abs=1e-6)


def test_its_results_lie_beside_the_model(judged: Team) -> None:
    status = wait(judged, "waits", has_ended)
    assert (judged.namespace.models / status["report"]).read_text().startswith("<!doctype html>")
    folder = judged.namespace.models / status["modelTag"] / "evaluations"
    assert json.loads((folder / "waits.json").read_text())["verdict"] == status["verdict"]


def test_a_gate_that_fails_is_no_failed_evaluation(judged: Team) -> None:
    status = wait(judged, "gate", has_ended)
    assert (status["phase"], status["reason"]) == ("Done", "QualityGateFailed")
    ns = judged.namespace.name
    judged.cluster.kubectl("wait", "et/gate", "--for=condition=Passed=False", "-n", ns)
    judged.cluster.kubectl("wait", "et/gate", "--for=condition=Complete", "-n", ns)


def test_kubectl_shows_verdict_and_gain(judged: Team) -> None:
    table = judged.cluster.kubectl("get", "et", "-n", judged.namespace.name).splitlines()
    columns = ["NAME", "PHASE", "VERDICT", "GAIN", "PASSED", "MODEL", "BASELINE", "AGE"]
    assert table[0].split() == columns


def test_the_same_file_again_and_a_deleted_job_evaluate_nothing(judged: Team) -> None:
    before = {job["metadata"]["name"] for job in evaluations(judged)}
    assert len(before) == 3
    gone = min(before)
    judged.cluster.kubectl("delete", "job", gone, "-n", judged.namespace.name)
    judged.evaluate("waits", trainingTaskRef={"name": "faq"})
    judged.evaluate("later", modelTag="base", datasetId="more", maxSamples=40)
    assert wait(judged, "later", has_ended)["phase"] == "Done"
    assert {job["metadata"]["name"] for job in evaluations(judged)} & before == before - {gone}


def test_a_changed_spec_evaluates_once_more(judged: Team) -> None:
    run = wait(judged, "by-dataset", has_ended)["run"]["key"]
    judged.evaluate("by-dataset", modelTag="base", datasetId="more", maxSamples=40)
    status = wait(judged, "by-dataset", lambda s: has_ended(s) and s["run"]["key"] != run)
    assert status["metrics"]["model"]["numSamples"] == 40


def test_an_evaluation_fails_with_its_training_and_says_why(team: Team) -> None:
    team.evaluate("judge", trainingTaskRef={"name": "faq"})
    team.apply("faq", trainDatasetIds=["nope"])
    status = wait(team, "judge", has_ended)
    assert (status["phase"], status["reason"]) == ("Failed", "TrainingTaskFailed")
    assert "TrainingDatasetNotFoundError" in status["message"]
    assert evaluations(team) == []


def test_a_dataset_that_is_not_there_is_named(team: Team) -> None:
    team.evaluate("judge", modelTag="base", datasetId="nope")
    status = wait(team, "judge", has_ended)
    assert (status["phase"], status["reason"]) == ("Failed", "TrainingDatasetNotFoundError")
    assert "kubectl annotate et judge" in status["failure"]["hint"]


def test_a_training_that_never_comes_fails_the_evaluation_after_a_minute(team: Team) -> None:
    team.evaluate("judge", trainingTaskRef={"name": "nowhere"})
    status = wait(team, "judge", has_ended, seconds=150)
    assert status["reason"] == "TrainingTaskNotFoundError"
