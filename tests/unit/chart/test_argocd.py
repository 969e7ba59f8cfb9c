"""What Argo CD is told of tasks.

Layout and form of the cases are those of Argo CD's `resource_customizations`.
"""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sbert_api import names
from sbert_api.kinds import KINDS
from tests.argocd_lua import run
from tests.unit.chart.rendering import CHART, Json, of_kind, render

FOLDER = CHART / "files/argocd/resource_customizations" / names.GROUP
ACTIONS = ("suspend", "resume", "restart")


def cases(file: str, section: str) -> list[Any]:
    """All cases of a section, each with the folder of its kind."""
    return [
        pytest.param(kind.name, case, id=f"{kind.name} {case.get('action', '')}{case['inputPath']}")
        for kind in KINDS
        for case in yaml.safe_load((FOLDER / kind.name / file).read_text())[section]
    ]


def load(path: Path) -> Json:
    found: Json = yaml.safe_load(path.read_text())
    return found


def health(kind: str, obj: Json) -> Json:
    found: Json = run(FOLDER / kind / "health.lua", obj)
    return found


@pytest.mark.parametrize(("kind", "case"), cases("health_test.yaml", "tests"))
def test_health_of(kind: str, case: Json) -> None:
    assert health(kind, load(FOLDER / kind / case["inputPath"])) == case["healthStatus"]


def test_both_kinds_have_one_health() -> None:
    first, second = ((FOLDER / kind.name / "health.lua").read_text() for kind in KINDS)
    assert first == second


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_every_object_of_the_testdata_is_a_case(kind: str) -> None:
    told = {c["inputPath"] for c in load(FOLDER / kind / "health_test.yaml")["tests"]}
    assert told == {f"testdata/{path.name}" for path in (FOLDER / kind / "testdata").iterdir()}


def ended_task() -> Json:
    return load(FOLDER / "TrainingTask/testdata/done.yaml")


def test_a_spec_that_the_operator_has_not_seen_is_progressing() -> None:
    task = ended_task()
    task["metadata"]["generation"] += 1
    assert health("TrainingTask", task)["status"] == "Progressing"


@pytest.mark.parametrize(
    ("moment", "status"),
    [("2026-01-01", "Progressing"), ("", "Healthy"), ("x" * 129, "Healthy")],
    ids=["new", "empty", "longer than a status remembers"],
)
def test_a_run_that_is_asked_for_is_progressing(moment: str, status: str) -> None:
    task = ended_task()
    task["metadata"]["annotations"] = {names.RESTARTED_AT_ANNOTATION: moment}
    assert health("TrainingTask", task)["status"] == status


def test_a_run_that_was_asked_for_and_ended_is_healthy() -> None:
    task = ended_task()
    task["metadata"]["annotations"] = {names.RESTARTED_AT_ANNOTATION: "once"}
    task["status"]["run"]["restartedAt"] = "once"
    assert health("TrainingTask", task)["status"] == "Healthy"


def test_only_what_people_suspend_is_suspended() -> None:
    task = load(FOLDER / "TrainingTask/testdata/suspended.yaml")
    task["spec"]["suspend"] = False
    assert health("TrainingTask", task)["status"] == "Progressing"


@pytest.mark.parametrize(
    "status",
    [{}, {"conditions": []}, {"observedGeneration": 1}, {"observedGeneration": 1, "run": {}}],
)
def test_a_task_of_which_little_is_known_is_progressing(status: Json) -> None:
    task: Json = {"metadata": {"generation": 1}, "status": status}
    assert health("TrainingTask", task)["status"] == "Progressing"


@pytest.mark.parametrize(("kind", "case"), cases("actions/action_test.yaml", "discoveryTests"))
def test_actions_that_are_offered(kind: str, case: Json) -> None:
    found = run(FOLDER / kind / "actions/discovery.lua", load(FOLDER / kind / case["inputPath"]))
    offered = [{"name": name, **about} for name, about in found.items()]
    assert sorted(offered, key=lambda action: str(action["name"])) == case["result"]


@pytest.mark.parametrize(("kind", "case"), cases("actions/action_test.yaml", "actionTests"))
def test_action(kind: str, case: Json) -> None:
    before = load(FOLDER / kind / case["inputPath"])
    found = run(FOLDER / kind / "actions" / case["action"] / "action.lua", copy.deepcopy(before))
    moment = found["metadata"].get("annotations", {}).pop(names.RESTARTED_AT_ANNOTATION, None)
    wanted = load(FOLDER / kind / case["expectedOutputPath"])
    asked = wanted["metadata"].get("annotations", {}).pop(names.RESTARTED_AT_ANNOTATION, None)
    assert bool(moment) == bool(asked)
    if moment:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment)
    assert found["spec"] == wanted["spec"]


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """The data of the chart's ConfigMap, which are keys of Argo CD's."""
    (found,) = of_kind(render({"argocd": {"enabled": True}}), "ConfigMap")
    data: dict[str, str] = found["data"]
    return data


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_the_chart_ships_the_health(settings: dict[str, str], kind: str) -> None:
    shipped = settings[f"resource.customizations.health.{names.GROUP}_{kind}"]
    assert shipped.strip() == (FOLDER / kind / "health.lua").read_text().strip()


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_the_chart_ships_the_actions(settings: dict[str, str], kind: str) -> None:
    shipped = yaml.safe_load(settings[f"resource.customizations.actions.{names.GROUP}_{kind}"])
    folder = FOLDER / kind / "actions"
    assert shipped["discovery.lua"].strip() == (folder / "discovery.lua").read_text().strip()
    scripts = {one["name"]: one["action.lua"].strip() for one in shipped["definitions"]}
    assert scripts == {a: (folder / a / "action.lua").read_text().strip() for a in ACTIONS}


def test_the_chart_ships_nothing_to_argo_cd_unasked() -> None:
    assert of_kind(render(), "ConfigMap") == []
