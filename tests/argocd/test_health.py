"""What Argo CD shows of tasks in each state, and the actions that it offers."""

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from devcluster.argocd import NAMESPACE
from sbert_api import names
from tests.argocd.delivery import Delivery
from tests.argocd_lua import run
from tests.integration.team import NOWHERE, Team

pytestmark = [pytest.mark.argocd, pytest.mark.timeout(900)]
Delivered = tuple[Team, Delivery]


@pytest.fixture(scope="module")
def delivered(new_delivery: Callable[..., Delivered]) -> Delivered:
    """Tasks in every state, from one repository."""
    team, delivery = new_delivery()
    shutil.copytree(team.namespace.models / "base", team.namespace.models / "twin")
    (team.namespace.datasets / "broken.jsonl").write_text('{"question": "q"}\n')
    for task in (
        team.manifest("done", {}),
        team.manifest("broken", {"trainDatasetIds": ["broken"]}),
        team.manifest("gated", {"promoteIf": {"metric": "tripletAccuracy", "minGain": 0.9}}),
        team.manifest("held", {"suspend": True}),
        team.manifest("waits", NOWHERE),
        team.evaluation("judged", modelTag="base", datasetId="faq"),
        team.evaluation(
            "refused",
            modelTag="base",
            baselineModelTag="twin",
            datasetId="faq",
            passIf={"metric": "mrr10", "minGain": 0.5},
        ),
        team.evaluation("pending", trainingTaskRef={"name": "waits"}),
    ):
        delivery.commit(task["metadata"]["name"], task)
    delivery.refresh()
    return team, delivery


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("done", "Healthy", "the trained model is trained_models/base-finetuned-"),
        ("broken", "Degraded", "DatasetValidationError: broken.jsonl"),
        ("gated", "Degraded", "QualityGateFailed: tripletAccuracy"),
        ("held", "Suspended", "suspended by spec.suspend; set it to false to go on"),
        ("waits", "Progressing", ""),
        ("judged", "Healthy", ""),
        ("refused", "Degraded", "QualityGateFailed: mrr10"),
        ("pending", "Progressing", ""),
    ],
)
def test_health_of(delivered: Delivered, name: str, status: str, words: str) -> None:
    health = delivered[1].wait_for_health(name, status, seconds=120)
    assert words in health.get("message", "")


@pytest.fixture(scope="module")
def actions(delivered: Delivered) -> dict[str, str]:
    """The scripts of the actions of a TrainingTask, as Argo CD has them."""
    found = delivered[0].cluster.get("configmap", "argocd-cm", NAMESPACE)["data"]
    told = yaml.safe_load(found[f"resource.customizations.actions.{names.GROUP}_{names.KIND}"])
    return {one["name"]: one["action.lua"] for one in told["definitions"]}


def act(team: Team, script: str, name: str) -> None:
    """What Argo CD's API server does: patch the object to what the script returns."""
    before = team.task(name)
    after: Any = run(script, before)
    wanted = {
        "spec": {"suspend": after["spec"]["suspend"]},
        "metadata": {"annotations": after["metadata"]["annotations"]},
    }
    words = ("patch", "tt", name, "-n", team.namespace.name, "--type", "merge")
    team.cluster.kubectl(*words, "-p", json.dumps(wanted))


def test_the_action_restart_begins_a_new_run(delivered: Delivered, actions: dict[str, str]) -> None:
    team, delivery = delivered
    first = team.wait("done", "Done")
    act(team, actions["restart"], "done")
    team.cluster.wait_for(
        "tt",
        "done",
        team.namespace.name,
        lambda task: task["status"].get("history") and task["status"]["phase"] == "Done",
        seconds=90,
    )
    assert team.status("done")["trainedModelId"] != first["trainedModelId"]
    assert delivery.wait_for_health("done", "Healthy")


def test_the_actions_suspend_and_resume_hold_a_task_whose_suspend_is_not_in_git(
    delivered: Delivered, actions: dict[str, str]
) -> None:
    team, delivery = delivered
    delivery.wait_for_health("waits", "Progressing")
    act(team, actions["suspend"], "waits")
    delivery.wait_for_health("waits", "Suspended")
    delivery.refresh()
    assert team.task("waits")["spec"]["suspend"]
    act(team, actions["resume"], "waits")
    delivery.wait_for_health("waits", "Progressing")
