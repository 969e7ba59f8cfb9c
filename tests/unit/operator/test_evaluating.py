"""What comes next for an evaluation: one row for each situation."""

import json
from typing import Any

import pytest

from sbert_api import names
from sbert_api.reasons import Reason
from sbert_operator import times
from sbert_operator.actions import (
    Action,
    CreateJob,
    DeleteJob,
    ReadJobs,
    ReadLog,
    ReadPods,
    ReadTraining,
    Settle,
    SuspendJob,
)
from sbert_operator.observed import Job, ObservedEvaluation, Obstacle, Trained
from sbert_operator.reading import trained_of
from tests.unit.operator.builders import (
    NOW,
    a_pod,
    an_evaluation,
    later,
    said_failed,
    task_manifest,
)
from tests.unit.operator.builders import a_status as a_training_status
from tests.unit.operator.evaluations import (
    BY_DATASET,
    BY_REFERENCE,
    EVALUATED,
    GATE,
    JOB_NAME,
    JUDGED,
    KEY,
    STARTED,
    a_status,
    decide,
    evaluation,
    recorded,
    the_job,
    written,
)


def complete(message: object, spec: dict[str, Any] = BY_DATASET) -> ObservedEvaluation:
    text = message if isinstance(message, str) else json.dumps(message)
    pods = (a_pod(exit_code=0, message=text),)
    return ObservedEvaluation(evaluation("Running", spec), (the_job(end="Complete"),), pods=pods)


def test_a_new_evaluations_run_is_recorded_before_anything_of_it_exists() -> None:
    status = written(ObservedEvaluation(an_evaluation(BY_DATASET)))
    assert (status.phase, status.run and status.run.job_name) == ("Queued", JOB_NAME)
    assert status.model_tag is None


def test_the_models_of_the_spec_are_recorded_before_the_job_is_made() -> None:
    task = evaluation("Queued", modelTag=None, baselineModelTag=None)
    status = written(ObservedEvaluation(task))
    assert (status.model_tag, status.baseline_model_tag) == ("m", "b")
    action = decide(ObservedEvaluation(evaluation("Queued")))
    assert isinstance(action, CreateJob)
    assert action.manifest["metadata"]["name"] == JOB_NAME
    assert action.manifest["metadata"]["ownerReferences"][0]["kind"] == "EvaluationTask"


UNKNOWN: dict[str, Any] = {"modelTag": None, "baselineModelTag": None}


def referring(trained: Trained | None, created: str = "2026-01-01T11:59:30Z") -> ObservedEvaluation:
    fresh = a_status("Queued", run=recorded(an_evaluation(BY_REFERENCE)), **UNKNOWN)
    for condition in fresh["conditions"]:
        condition["lastTransitionTime"] = created
    return ObservedEvaluation(an_evaluation(BY_REFERENCE, fresh), trained=trained)


def test_a_referred_training_is_read_and_waited_for() -> None:
    assert decide(referring(None)) == ReadTraining("faq")
    status = written(referring(Trained("AtWork")))
    assert (status.phase, status.reason) == ("Queued", "AwaitingTraining")
    assert "waits for the TrainingTask faq" in status.message


def test_a_training_that_is_done_gives_model_baseline_and_rows() -> None:
    status = written(referring(Trained("Done", "trained/m", "base")))
    assert (status.model_tag, status.baseline_model_tag) == ("trained/m", "base")
    assert status.run
    assert status.run.validation_of == "trained/m"


def test_what_the_spec_names_itself_is_taken_before_the_trainings() -> None:
    spec = {**BY_REFERENCE, "modelTag": "other", "baselineModelTag": "old"}
    seen = ObservedEvaluation(
        evaluation("Queued", spec, **UNKNOWN), trained=Trained("Done", "trained/m", "base")
    )
    status = written(seen)
    assert (status.model_tag, status.baseline_model_tag) == ("other", "old")


def test_an_evaluation_fails_with_its_training() -> None:
    status = written(referring(Trained("Failed", message="DatasetValidationError: line 7")))
    assert (status.phase, status.reason) == ("Failed", "TrainingTaskFailed")
    assert "line 7" in status.message
    assert status.failure
    assert "kubectl annotate et judge" in status.failure.hint


@pytest.mark.parametrize(
    ("queued", "missed", "phase", "reason"),
    [
        pytest.param(30, 30, "Queued", "AwaitingTraining", id="just applied"),
        pytest.param(120, 120, "Failed", "TrainingTaskNotFoundError", id="gone"),
        pytest.param(3600, 30, "Queued", "AwaitingTraining", id="waited long, just replaced"),
        pytest.param(3600, 60, "Failed", "TrainingTaskNotFoundError", id="gone after a wait"),
        pytest.param(30, 3600, "Queued", "AwaitingTraining", id="suspended since it was missed"),
    ],
)
def test_an_absent_training_is_waited_for_since_it_was_missed(
    queued: int, missed: int, phase: str, reason: str
) -> None:
    trained = Trained("Missing", missed_since=later(-missed))
    status = written(referring(trained, times.as_text(later(-queued))))
    assert (status.phase, status.reason) == (phase, reason)
    assert times.as_text(NOW) == "2026-01-01T12:00:00Z"


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        pytest.param(the_job(active=1, ready=1), ReadPods, id="its pod is ready"),
        pytest.param(the_job(end="Complete"), ReadPods, id="complete"),
        pytest.param(the_job(end="Failed"), ReadPods, id="failed"),
    ],
)
def test_a_job_is_followed(job: Job, expected: type[Action]) -> None:
    assert isinstance(decide(ObservedEvaluation(evaluation("Queued"), (job,))), expected)


def test_it_runs_from_the_moment_its_pod_is_ready() -> None:
    seen = ObservedEvaluation(
        evaluation("Queued"), (the_job(active=1, ready=1),), pods=(a_pod(started=STARTED),)
    )
    status = written(seen)
    assert (status.phase, status.reason, status.start_time) == ("Running", "Evaluating", STARTED)


def test_the_scores_verdict_and_models_are_the_pods() -> None:
    status = written(complete(EVALUATED))
    assert (status.phase, status.reason, status.verdict) == ("Done", "Evaluated", "Better")
    assert status.message == "Better: tripletAccuracy +0.100 [0.050, 0.150] on 40 rows against b"
    assert status.metrics
    assert status.metrics.model.mrr10 == 0.7
    assert [c.type for c in status.conditions if c.status == "True"] == ["Complete"]


@pytest.mark.parametrize("passed", [True, False])
def test_a_gate_is_a_condition_and_the_reason(*, passed: bool) -> None:
    gate = {**JUDGED, "passed": passed}
    status = written(complete({**EVALUATED, "gate": gate}, {**BY_DATASET, "passIf": GATE}))
    reason = "QualityGatePassed" if passed else "QualityGateFailed"
    assert (status.phase, status.reason, status.message) == ("Done", reason, JUDGED["message"])
    (condition,) = [c for c in status.conditions if c.type == "Passed"]
    assert (condition.status, condition.reason) == (str(passed), reason)


WRONG: dict[str, tuple[object, dict[str, Any]]] = {
    "no words": ("", BY_DATASET),
    "no JSON": ("{", BY_DATASET),
    "a failure with exit code 0": (said_failed("Crashed", "x"), BY_DATASET),
    "another run": ({**EVALUATED, "runKey": "other"}, BY_DATASET),
    "another model": ({**EVALUATED, "modelTag": "other"}, BY_DATASET),
    "no gate": (EVALUATED, {**BY_DATASET, "passIf": GATE}),
    "a gate that nobody asked for": ({**EVALUATED, "gate": JUDGED}, BY_DATASET),
    "an easier gate": (
        {**EVALUATED, "gate": {**JUDGED, "minGain": 0.0}},
        {**BY_DATASET, "passIf": GATE},
    ),
}


@pytest.mark.parametrize(("message", "spec"), WRONG.values(), ids=WRONG)
def test_words_of_a_pod_that_do_not_answer_the_spec_are_not_believed(
    message: object, spec: dict[str, Any]
) -> None:
    status = written(complete(message, spec))
    assert (status.phase, status.reason) == ("Failed", Reason.INVALID_RESULT)
    assert status.metrics is None


def test_a_failed_job_gives_the_pods_reason_and_a_hint() -> None:
    pod = a_pod(exit_code=12, message=said_failed("TrainingDatasetNotFoundError", "x: no file"))
    seen = ObservedEvaluation(evaluation("Running"), (the_job(end="Failed"),), pods=(pod,))
    assert decide(seen) == ReadLog(pod, names.TRAINER_CONTAINER)
    seen = ObservedEvaluation(evaluation("Running"), (the_job(end="Failed"),), pods=(pod,), log="")
    status = written(seen)
    assert (status.phase, status.reason) == ("Failed", "TrainingDatasetNotFoundError")
    assert status.error_msg == "TrainingDatasetNotFoundError: x: no file"


def test_a_job_that_vanished_while_it_ran_is_not_made_again() -> None:
    task = evaluation("Running")
    assert decide(ObservedEvaluation(task)) == ReadJobs()
    status = written(ObservedEvaluation(task, jobs_are_live=True))
    assert (status.phase, status.reason) == ("Failed", "JobDeleted")


def test_a_refused_job_fails_and_one_in_the_way_is_waited_for() -> None:
    task = evaluation("Queued")
    final = Obstacle(Reason.JOB_REFUSED, "no", final=True)
    assert written(ObservedEvaluation(task, obstacle=final)).reason == "JobRefused"
    waits = Obstacle(Reason.QUOTA_EXCEEDED, "full")
    status = written(ObservedEvaluation(task, obstacle=waits))
    assert (status.phase, status.reason) == ("Queued", "QuotaExceeded")


def test_a_changed_spec_ends_the_job_before_and_evaluates_again() -> None:
    changed, old = {**BY_DATASET, "maxSamples": 5}, the_job(end="Complete")
    done = a_status("Done", run=recorded(an_evaluation(BY_DATASET)))
    status = written(ObservedEvaluation(an_evaluation(changed, done, generation=2), (old,)))
    assert status.run
    assert status.run.key != KEY
    assert (status.phase, status.model_tag) == ("Queued", None)
    again = an_evaluation(changed, status.as_json(), generation=2)
    assert decide(ObservedEvaluation(again, (old,))) == DeleteJob(old)


def test_one_that_has_ended_stays_as_it_is() -> None:
    assert decide(ObservedEvaluation(evaluation("Done"))) == Settle()
    assert decide(ObservedEvaluation(evaluation("Done"), (the_job(end="Complete"),))) == Settle()


def test_suspend_pauses_the_job() -> None:
    held = {**BY_DATASET, "suspend": True}
    fresh = written(ObservedEvaluation(an_evaluation(held)))
    assert fresh.phase == "Suspended"
    action = decide(ObservedEvaluation(evaluation("Running", held), (the_job(active=1),)))
    assert action == SuspendJob(the_job(active=1), suspend=True)


def test_a_spec_that_cannot_be_read_fails() -> None:
    status = written(ObservedEvaluation(an_evaluation({"maxSamples": "many"})))
    assert (status.phase, status.reason) == ("Failed", "InvalidSpec")
    assert "maxSamples" in status.message


TEAM = {"datasets": {"claimName": "team-data"}, "models": {"claimName": "team-models"}}


@pytest.mark.parametrize(
    ("own", "claims"),
    [
        pytest.param(None, ("team-data", "team-models"), id="the training's"),
        pytest.param(
            {"datasets": {"claimName": "mine"}}, ("mine", "team-models"), id="its own come first"
        ),
    ],
)
def test_the_volumes_are_those_of_the_training(
    own: dict[str, Any] | None, claims: tuple[str, str]
) -> None:
    done = a_training_status("Done", trainedModelId="trained/m")
    training = task_manifest({"modelTag": "base", "storage": TEAM}, done)
    spec = {**BY_REFERENCE, **({"storage": own} if own else {})}
    found = written(
        ObservedEvaluation(evaluation("Queued", spec, **UNKNOWN), trained=trained_of(training))
    )
    resolved = an_evaluation(spec, found.as_json())
    made = decide(ObservedEvaluation(resolved))
    assert isinstance(made, CreateJob)
    volumes = made.manifest["spec"]["template"]["spec"]["volumes"]
    assert tuple(v["persistentVolumeClaim"]["claimName"] for v in volumes[:2]) == claims
