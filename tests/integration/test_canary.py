"""Nothing of a dataset's texts, and no control character, gets out of the volumes."""

import json

import pytest

from devcluster.cluster import OPERATOR_NAMESPACE
from devcluster.operators import PODS
from tests.integration.team import Team

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

CANARY = "canary-7f3a"
ESCAPE = "\x1b[31m"


def row(number: int, **changed: object) -> str:
    good = {"question": f"w{number} {CANARY}", "positive": f"w{number + 1} {CANARY} {ESCAPE}"}
    return json.dumps({**good, "negative": f"w{number + 30} {CANARY}", **changed})


BAD_ROWS = {
    "no-json": f'{{"question": "{CANARY}{ESCAPE}',
    "empty-text": row(1, negative=""),
    "wrong-type": row(1, negative=[CANARY]),
    "unknown-column": row(1, **{CANARY: "x"}),
    "key-with-escape": row(1, **{ESCAPE: "x"}),
}


def test_no_text_of_a_dataset_reaches_status_events_or_the_operators_log(team: Team) -> None:
    folder = team.namespace.datasets
    (folder / "good.jsonl").write_text("\n".join(row(number) for number in range(24)))
    team.apply("good", trainDatasetIds=["good"])
    for name, bad in BAD_ROWS.items():
        (folder / f"{name}.jsonl").write_text(f"{row(0)}\n{bad}\n")
        team.apply(name, trainDatasetIds=[name])
    assert team.wait("good", "Done", "Failed")["phase"] == "Done"
    for name in BAD_ROWS:
        assert team.wait(name, "Done", "Failed")["phase"] == "Failed", name
    tasks = json.dumps([task["status"] for task in team.cluster.objects("tt", team.namespace.name)])
    events = json.dumps(team.cluster.objects("events", team.namespace.name))
    log = team.cluster.kubectl("logs", "-n", OPERATOR_NAMESPACE, "-l", PODS, "--tail=-1")
    for said in (tasks, events, log):
        assert CANARY not in said.replace("unknown-column", "")
        assert "\\u001b" not in said
        assert ESCAPE not in said
