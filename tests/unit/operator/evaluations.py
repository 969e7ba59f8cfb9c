"""Evaluations for tests, and what their pods say."""

from typing import Any

from sbert_api import names
from sbert_api.v1alpha1.evaluation_status import EvaluationTaskStatus
from sbert_operator.actions import Action, WriteStatus
from sbert_operator.evaluating import reconcile
from sbert_operator.observed import Evaluation, Job, ObservedEvaluation
from tests.unit.operator.builders import (
    EVALUATION_UID,
    NOW,
    SETTINGS,
    a_job,
    an_evaluation,
    conditions_of,
)

BY_DATASET = {"modelTag": "m", "datasetId": "faq", "baselineModelTag": "b", "device": "cpu"}
BY_REFERENCE = {"trainingTaskRef": {"name": "faq"}, "device": "cpu"}
KEY = names.run_key(EVALUATION_UID, 1, "")
JOB_NAME = names.job_name("judge", KEY, "eval")
STARTED = "2026-01-01T10:00:30Z"
GATE = {"metric": "mrr10", "minGain": 0.02, "confidence": 0.9}
SCORES = {
    "tripletAccuracy": 0.8,
    "mrr10": 0.7,
    "ndcg10": 0.75,
    "avgPositiveSimilarity": 0.6,
    "avgNegativeSimilarity": 0.2,
    "numSamples": 40,
}
INTERVAL = {"value": 0.1, "low": 0.05, "high": 0.15}
EVALUATED: dict[str, Any] = {
    "outcome": "Evaluated",
    "runKey": KEY,
    "modelTag": "m",
    "baselineModelTag": "b",
    "device": "cpu",
    "evaluationSeconds": 2.5,
    "data": {"dataset": "data/datasets/faq.jsonl", "rows": 40, "digest": "sha256:" + "0" * 64},
    "metrics": {
        "model": SCORES,
        "baseline": SCORES,
        "gain": {"tripletAccuracy": INTERVAL, "mrr10": INTERVAL, "ndcg10": INTERVAL},
    },
    "verdict": "Better",
}
JUDGED = {**GATE, **INTERVAL, "passed": True, "message": "mrr10 +0.100: shown"}


def a_status(phase: str, **fields: Any) -> dict[str, Any]:
    """A status that the operator may have written before."""
    run = {"key": KEY, "specDigest": None, "jobName": JOB_NAME, "attempt": 1}
    found = {"observedGeneration": 1, "phase": phase, "run": run}
    found["conditions"] = conditions_of(phase)
    return {**found, "modelTag": "m", "baselineModelTag": "b", **fields}


def evaluation(
    phase: str, spec: dict[str, Any] = BY_DATASET, generation: int = 1, **fields: Any
) -> Evaluation:
    """An evaluation with a recorded run of this very spec."""
    run = recorded(an_evaluation(spec))
    status = a_status(phase, run=run, **fields)
    return an_evaluation(spec, status, generation=generation)


def recorded(fresh: Evaluation) -> dict[str, Any]:
    status = written(ObservedEvaluation(fresh))
    assert status.run
    found: dict[str, Any] = status.run.as_json()
    return found


def decide(seen: ObservedEvaluation) -> Action:
    """The next action, at NOW."""
    return reconcile(seen, SETTINGS, NOW)


def written(seen: ObservedEvaluation) -> EvaluationTaskStatus:
    """The status that is written next."""
    action = decide(seen)
    assert isinstance(action, WriteStatus), action
    assert isinstance(action.status, EvaluationTaskStatus)
    return action.status


def the_job(**changes: Any) -> Job:
    annotations = {names.MODEL_ID_ANNOTATION: "m"}
    return a_job(name=JOB_NAME, owner=EVALUATION_UID, annotations=annotations, **changes)
