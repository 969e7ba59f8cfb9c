"""From a commit to a model under a real Argo CD; and all that must not train again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from devcluster.cluster import OPERATOR_NAMESPACE, Json, until
from devcluster.operators import NAME, wait_until_ready
from sbert_operator.steps import PREFLIGHT, TRAIN
from tests.argocd.delivery import Delivery, Diary
from tests.integration.team import Team

pytestmark = [
    pytest.mark.argocd,
    pytest.mark.timeout(900),  # the first test pays for the cluster, helm and Argo CD
]
Delivered = tuple[Team, Delivery]


def manifest(team: Team, name: str = "faq", **spec: object) -> Json:
    """A task as it stands in Git: defaults are not written out."""
    return team.manifest(name, dict(spec))


def jobs_made(team: Team) -> list[str]:
    """The steps of all Jobs that were ever made in the namespace, in their order."""
    return [
        entry["objectRef"]["name"].rpartition("-")[2]
        for entry in team.audit()
        if (entry["verb"], entry["objectRef"]["resource"]) == ("create", "jobs")
        and entry["responseStatus"]["code"] == 201
    ]


@pytest.mark.parametrize("server_side", [False, True], ids=["client-side diff", "server-side diff"])
def test_a_commit_becomes_a_model_and_stays_synced(
    new_delivery: Callable[..., Delivered], tmp_path: Path, *, server_side: bool
) -> None:
    team, delivery = new_delivery(server_side=server_side)
    delivery.deliver("faq", manifest(team, learningRate=2e-5))
    diary = Diary(delivery, tmp_path / "diary")
    first = team.wait("faq", "Done")
    assert delivery.wait_for_health("faq", "Healthy")["message"].startswith("the trained model is")

    delivery.deliver("faq", manifest(team, learningRate=2e-5, epochs=2))
    team.cluster.wait_for(
        "tt", "faq", team.namespace.name, lambda task: task["status"].get("history")
    )
    second = team.wait("faq", "Done")
    delivery.wait_for_health("faq", "Healthy")
    delivery.refresh("hard")
    assert [run["trainedModelId"] for run in second["history"]] == [first["trainedModelId"]]
    assert jobs_made(team) == [PREFLIGHT.suffix, TRAIN.suffix] * 2
    assert diary.close() - {"OutOfSync"} == {"Synced"}  # OutOfSync only between commit and sync


@pytest.fixture(scope="module")
def trained(new_delivery: Callable[..., Delivered]) -> Delivered:
    """A task that came from Git and is Done."""
    team, delivery = new_delivery()
    delivery.deliver("faq", manifest(team))
    team.wait("faq", "Done")
    delivery.wait_for_health("faq", "Healthy")
    return team, delivery


def sync(trained: Delivered) -> None:
    trained[1].sync()


def refresh(trained: Delivered) -> None:
    trained[1].refresh("normal")
    trained[1].refresh("hard")


def another_commit(trained: Delivered) -> None:
    team, delivery = trained
    delivery.deliver("held", manifest(team, "held", suspend=True))


def replace(trained: Delivered) -> None:
    team, delivery = trained
    replaced = manifest(team, ttlSecondsAfterFinished=3000)
    option = {"argocd.argoproj.io/sync-options": "Replace=true"}
    replaced["metadata"]["annotations"] = option
    delivery.deliver("faq", replaced)


def self_heal(trained: Delivered) -> None:
    team, delivery = trained
    delivery.deliver("faq", manifest(team, ttlSecondsAfterFinished=3000))
    patch = '{"spec": {"ttlSecondsAfterFinished": 5000}}'
    words = ("patch", "tt", "faq", "-n", team.namespace.name, "--type", "merge", "-p", patch)
    generation = team.task("faq")["metadata"]["generation"]
    team.cluster.kubectl(*words)
    team.cluster.wait_for(
        "tt",
        "faq",
        team.namespace.name,
        lambda task: (
            task["spec"]["ttlSecondsAfterFinished"] == 3000
            and task["metadata"]["generation"] == generation + 2
        ),
        seconds=60,
    )


def operator_restart(trained: Delivered) -> None:
    team, _ = trained
    words = ("rollout", "restart", f"deployment/{NAME}", "-n", OPERATOR_NAMESPACE)
    team.cluster.kubectl(*words)
    wait_until_ready(team.cluster)


@pytest.mark.parametrize(
    "happens", [sync, refresh, another_commit, replace, self_heal, operator_restart]
)
def test_nothing_is_trained_again_by(
    trained: Delivered, happens: Callable[[Delivered], None]
) -> None:
    team, delivery = trained
    before, made = team.status("faq"), jobs_made(team)
    happens(trained)
    delivery.wait_for_health("faq", "Healthy")
    after = team.status("faq")
    assert after["run"] == before["run"]
    assert after["trainedModelId"] == before["trainedModelId"]
    assert jobs_made(team) == made


def test_a_field_that_hands_changed_is_healed_and_the_model_is_taken_again(
    new_delivery: Callable[..., Delivered],
) -> None:
    team, delivery = new_delivery()
    delivery.deliver("faq", manifest(team, epochs=1))
    first = team.wait("faq", "Done")
    patch = ("--type", "merge", "-p", '{"spec": {"epochs": 400}}')
    team.cluster.kubectl("patch", "tt", "faq", "-n", team.namespace.name, *patch)

    def settled(task: Json) -> bool:
        status = task["status"]
        seen = status.get("observedGeneration") == task["metadata"]["generation"]
        return bool(task["spec"]["epochs"] == 1 and seen and status["phase"] == "Done")

    task = team.cluster.wait_for("tt", "faq", team.namespace.name, settled, seconds=90)
    assert task["status"]["trainedModelId"] == first["trainedModelId"]
    assert jobs_made(team).count(TRAIN.suffix) == 1


def test_children_that_are_cleaned_up_stay_away(new_delivery: Callable[..., Delivered]) -> None:
    team, delivery = new_delivery()
    delivery.deliver("faq", manifest(team, ttlSecondsAfterFinished=1))
    done = team.wait("faq", "Done")
    until(lambda: not team.jobs(), "the Jobs are gone")
    made = jobs_made(team)
    delivery.sync()
    delivery.refresh("hard")
    delivery.wait_for_health("faq", "Healthy")
    assert team.status("faq") == done
    assert jobs_made(team) == made


def test_a_task_that_was_deleted_comes_back_done_without_training(
    new_delivery: Callable[..., Delivered],
) -> None:
    team, delivery = new_delivery()
    delivery.deliver("faq", manifest(team))
    first = team.wait("faq", "Done")
    uid = team.task("faq")["metadata"]["uid"]
    team.delete("faq")
    team.cluster.wait_for(
        "tt",
        "faq",
        team.namespace.name,
        lambda task: (
            task["metadata"]["uid"] != uid and task.get("status", {}).get("phase") == "Done"
        ),
        seconds=90,
    )
    again = team.status("faq")
    assert again["run"]["reused"]
    assert again["trainedModelId"] == first["trainedModelId"]
    assert jobs_made(team) == [PREFLIGHT.suffix, TRAIN.suffix, PREFLIGHT.suffix]
    delivery.wait_for_health("faq", "Healthy")


def test_a_task_that_leaves_git_takes_its_children_and_leaves_its_model(
    new_delivery: Callable[..., Delivered],
) -> None:
    team, delivery = new_delivery()
    delivery.deliver("faq", manifest(team))
    delivery.deliver("other", manifest(team, "other", suspend=True))
    model = team.wait("faq", "Done")["trainedModelId"]
    uid = team.task("faq")["metadata"]["uid"]
    delivery.deliver("faq", None)
    team.wait_until_gone(uid)
    assert team.cluster.objects("tt", team.namespace.name)[0]["metadata"]["name"] == "other"
    assert (team.namespace.models / model / "modules.json").is_file()
