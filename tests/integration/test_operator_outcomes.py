"""What becomes of tasks on a real control plane: trained, or failed with the reason named.

All are applied at once and judged one by one.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from devcluster.cluster import Json
from sbert_api import names, yaml12
from sbert_api.reasons import HINTS, Reason
from tests.integration.team import Team

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),  # the first test pays for the cluster's start, helm and trainings
]

FULL = yaml12.load_all((ROOT / "examples/full.yaml").read_text())[0]
FAILURES: dict[str, tuple[Json, Reason, int, str]] = {
    "missing-dataset": ({"trainDatasetIds": ["nope"]}, Reason.DATASET_NOT_FOUND, 12, "nope.jsonl"),
    "broken-line": ({"trainDatasetIds": ["broken"]}, Reason.DATASET_VALIDATION, 15, "jsonl:7:"),
    "unknown-model": ({"modelTag": "no-model"}, Reason.INVALID_MODEL_ID, 11, "no-model"),
    "long-warm-up": ({"warmupSteps": 1000}, Reason.INVALID_HYPERPARAMETERS, 16, "warmupSteps"),
    # Every parameter is set and taken; this namespace just does not have the model.
    "full": (FULL["spec"], Reason.INVALID_MODEL_ID, 11, "all-MiniLM-L6-v2"),
}


@pytest.fixture(scope="module")
def ended(new_team: Callable[[], Team]) -> Team:
    """A good task and the bad ones, all ended."""
    team = new_team()
    good = (team.namespace.datasets / "faq.jsonl").read_text().splitlines()
    broken = [*good[:6], '{"question": "w1", "positive": "w2"}', *good[7:]]
    (team.namespace.datasets / "broken.jsonl").write_text("\n".join(broken) + "\n")
    team.apply("good", epochs=2)
    for name, (spec, *_) in FAILURES.items():
        team.apply(name, **spec)
    for name in ("good", *FAILURES):
        team.wait(name, "Done", "Failed")
    return team


EVERY_CONDITION = dict.fromkeys(
    ("Validated", "Running", "Suspended", "Complete", "Failed"), "False"
)


def conditions(status: Json) -> dict[str, str]:
    return {c["type"]: c["status"] for c in status["conditions"]}


def test_a_good_task_is_done_and_its_model_is_published(ended: Team) -> None:
    status = ended.status("good")
    assert status["phase"] == "Done", status
    assert conditions(status) == EVERY_CONDITION | {"Validated": "True", "Complete": "True"}
    folder = ended.namespace.models / status["trainedModelId"]
    assert (folder / "modules.json").is_file()
    assert status["trainedModelId"].endswith(ended.task("good")["metadata"]["uid"][:8])


def test_a_good_task_says_what_was_trained_on_and_what_came_out(ended: Team) -> None:
    status = ended.status("good")
    assert status["data"]["trainRows"] + status["data"]["validationRows"] == 24
    assert set(status["metrics"]) == {"base", "trained", "gain"}
    assert status["progress"]["summary"] == "100%"
    assert status["run"]["attempt"] == 1


def test_a_good_tasks_times_are_its_jobs(ended: Team) -> None:
    status, job = ended.status("good"), ended.job("good")
    complete = next(c for c in job["status"]["conditions"] if c["type"] == "Complete")
    assert status["endDate"] == complete["lastTransitionTime"]
    assert job["metadata"]["creationTimestamp"] <= status["startTime"] <= status["endDate"]


@pytest.mark.parametrize("name", FAILURES)
def test_a_bad_task_fails_at_once_with_the_reason_and_what_to_do(ended: Team, name: str) -> None:
    _, reason, exit_code, words = FAILURES[name]
    status = ended.status(name)
    assert status["errorMsg"].startswith(f"{reason}: ")
    assert words in status["errorMsg"]
    failure = status["failure"]
    assert (failure["reason"], failure["exitCode"], failure["attempt"]) == (reason, exit_code, 1)
    assert failure["hint"]
    assert reason in HINTS
    assert conditions(status) == EVERY_CONDITION | {"Validated": "False", "Failed": "True"}


@pytest.mark.parametrize("name", FAILURES)
def test_nothing_of_the_inside_shows_in_a_bad_tasks_status(ended: Team, name: str) -> None:
    text = json.dumps(ended.status(name))
    assert "Traceback" not in text
    assert "trainedModelId" not in text


def test_bad_tasks_are_refused_before_anything_that_trains_is_made(ended: Team) -> None:
    found = sorted((j["metadata"]["labels"][names.STEP_LABEL], owner(j)) for j in ended.jobs())
    checked = [("preflight", name) for name in ("good", *FAILURES)]
    assert found == sorted([*checked, ("train", "good")])


def owner(job: Json) -> str:
    return str(job["metadata"]["ownerReferences"][0]["name"])


def test_only_a_good_task_publishes(ended: Team) -> None:
    published = [p for p in (ended.namespace.models / "trained_models").iterdir() if p.is_dir()]
    assert [p.name for p in published if not p.name.startswith(".")] == [
        ended.status("good")["trainedModelId"].rsplit("/", 1)[1]
    ]


def test_kubectl_shows_a_table_that_people_understand(ended: Team) -> None:
    ns = ended.namespace.name
    table = ended.cluster.kubectl("get", "tt", "-n", ns, "-o", "wide").splitlines()
    assert table[0].split()[:4] == ["NAME", "PHASE", "PROGRESS", "GAIN"]
    good = next(line for line in table if line.startswith("good "))
    assert good.split()[1:3] == ["Done", "100%"]
    for name, (_, reason, _, words) in FAILURES.items():
        bad = next(line for line in table if line.startswith(f"{name} "))
        assert bad.split()[1] == "Failed"
        assert reason in bad
        assert words in bad


def test_events_tell_the_story_once(ended: Team) -> None:
    events = [
        event
        for event in ended.cluster.objects("events", ended.namespace.name)
        if event["involvedObject"]["kind"] == "TrainingTask"
    ]
    told = sorted((e["involvedObject"]["name"], e["reason"], e["type"]) for e in events)
    bad = [(name, reason, "Warning") for name, (_, reason, *_) in FAILURES.items()]
    checked = [(name, "Validating", "Normal") for name in ("good", *FAILURES)]
    good = [("good", "Queued", "Normal"), ("good", "Published", "Normal")]
    assert told == sorted([*good, *bad, *checked])


def test_kubectl_wait_works_with_the_conditions(ended: Team) -> None:
    words = ("-n", ended.namespace.name, "--timeout=5s")
    ended.cluster.kubectl("wait", "tt/good", "--for=condition=Complete", *words)
    ended.cluster.kubectl("wait", "tt/broken-line", "--for=condition=Failed", *words)
