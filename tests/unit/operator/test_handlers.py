"""Kopf watches and does nothing else."""

from typing import Any

import kopf
import pytest
from kopf._cogs.structs.references import Resource
from kopf._core.intents.causes import Activity

from sbert_api import names
from sbert_operator import credentials, handlers
from sbert_operator.controllers import Controllers, build_controllers
from sbert_operator.credentials import Credentials
from sbert_operator.intake import Intake
from sbert_operator.metrics import Metrics
from sbert_operator.reading import evaluation_of
from sbert_operator.resync import Resync
from tests.unit.operator.builders import (
    EVALUATION_UID,
    KEY,
    SETTINGS,
    UID,
    evaluation_manifest,
    job_manifest,
    task_manifest,
)
from tests.unit.operator.fake_cluster import FakeCluster

TASKS = Resource(names.GROUP, names.VERSION, names.PLURAL)
EVALUATIONS = Resource(names.GROUP, names.VERSION, names.EVALUATION_PLURAL)
JOBS = Resource("batch", "v1", "jobs")


@pytest.fixture
def controllers() -> Controllers:
    return build_controllers(FakeCluster(), SETTINGS, Metrics())


@pytest.fixture
def intake(controllers: Controllers) -> Intake:
    resync = Resync(FakeCluster(), controllers, Metrics())
    return Intake(controllers, resync, Metrics())


@pytest.fixture
def registry(intake: Intake) -> kopf.OperatorRegistry:
    return handlers.build_registry(intake)


def test_only_events_startup_and_login_are_handled(registry: kopf.OperatorRegistry) -> None:
    for kind in (registry._indexing, registry._spawning, registry._changing, registry._webhooks):
        assert kind.get_all_handlers() == []
    activities = {handler.activity for handler in registry._activities.get_all_handlers()}
    assert activities == {Activity.STARTUP, Activity.AUTHENTICATION}
    watched = [handler.selector for handler in registry._watching.get_all_handlers()]
    assert len(watched) == 3
    assert all(any(s and s.check(kind) for s in watched) for kind in (TASKS, EVALUATIONS, JOBS))


def test_events_reach_the_memory(intake: Intake, controllers: Controllers) -> None:
    cache = controllers.trainings.cache
    intake.training_event(None, task_manifest())
    intake.job_event("ADDED", job_manifest())
    assert cache.tasks.get(KEY)
    assert len(cache.jobs_of(UID)) == 1
    intake.job_event("DELETED", job_manifest())
    intake.training_event("DELETED", task_manifest())
    assert cache.tasks.get(KEY) is None
    assert cache.jobs_of(UID) == ()


def test_two_tasks_of_one_name_are_kept_apart_by_kind(
    intake: Intake, controllers: Controllers
) -> None:
    evaluation = evaluation_manifest({"modelTag": "m", "datasetId": "faq"}, name=KEY.name)
    job = job_manifest()
    job["metadata"]["ownerReferences"][0] |= {"kind": "EvaluationTask", "uid": EVALUATION_UID}
    intake.training_event(None, task_manifest())
    intake.evaluation_event(None, evaluation)
    intake.job_event("ADDED", job)
    assert controllers.trainings.cache.jobs_of(UID) == ()
    assert len(controllers.evaluations.cache.jobs_of(EVALUATION_UID)) == 1
    intake.evaluation_event("DELETED", evaluation)
    assert controllers.trainings.cache.tasks.get(KEY)
    assert controllers.evaluations.cache.tasks.get(KEY) is None


@pytest.mark.parametrize(
    ("name", "depth"),
    [pytest.param(KEY.name, 1, id="that one"), pytest.param("other", 0, id="another")],
)
def test_a_change_of_a_training_makes_its_evaluations_be_looked_at(
    intake: Intake, controllers: Controllers, name: str, depth: int
) -> None:
    evaluation = evaluation_manifest({"trainingTaskRef": {"name": name}})
    controllers.evaluations.cache.tasks.put(evaluation_of(evaluation))
    intake.training_event("MODIFIED", task_manifest())
    assert controllers.evaluations.queue.depth == depth


def test_kopf_neither_throttles_nor_writes() -> None:
    settings = kopf.OperatorSettings()
    handlers.configure_kopf(settings)
    assert settings.queueing.worker_limit is None
    assert settings.peering.standalone
    assert settings.scanning.disabled
    assert not settings.posting.enabled
    assert settings.watching.label_selectors["batch", "v1", "jobs"] == (
        "app.kubernetes.io/managed-by=sbert-operator"
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"token": "t"}, {"scheme": "Bearer", "token": "t", "insecure": False}),
        ({"certificate_file": "c", "key_file": "k"}, {"token": None, "certificate_path": "c"}),
        ({"token": "t", "verify": False}, {"insecure": True}),
    ],
    ids=["token", "certificate", "unchecked"],
)
def test_kopf_logs_in_with_the_clients_credentials(
    changes: dict[str, Any], expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = {"token": "", "certificate_file": None, "key_file": None, "verify": True}
    found = Credentials(**{"server": "https://x", "ca_file": "ca", **empty, **changes})
    monkeypatch.setattr(credentials, "load", lambda: found)
    info = handlers.log_in()
    assert {name: getattr(info, name) for name in expected} == expected
