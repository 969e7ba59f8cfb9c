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
}
ODD_ROWS = {
    "further-column": row(1, further=CANARY),
    "column-with-escape": row(1, **{f"x{ESCAPE}": CANARY}),
}
"""Trained on, with a warning that names the column."""


def texts(found: object) -> list[str]:
    """All texts in what was read from JSON."""
    if isinstance(found, dict):
        return [text for part in found.values() for text in texts(part)]
    if isinstance(found, list):
        return [text for part in found for text in texts(part)]
    return [found] if isinstance(found, str) else []


def test_no_text_of_a_dataset_reaches_status_events_or_the_operators_log(team: Team) -> None:
    folder = team.namespace.datasets
    (folder / "good.jsonl").write_text("\n".join(row(number) for number in range(24)))
    team.apply("good", trainDatasetIds=["good"])
    for name, bad in (BAD_ROWS | ODD_ROWS).items():
        (folder / f"{name}.jsonl").write_text(f"{row(0)}\n{bad}\n")
        team.apply(name, trainDatasetIds=[name])
    for name in ("good", *ODD_ROWS):
        assert team.wait(name, "Done", "Failed")["phase"] == "Done", name
    for name in BAD_ROWS:
        assert team.wait(name, "Done", "Failed")["phase"] == "Failed", name
    statuses = [task["status"] for task in team.cluster.objects("tt", team.namespace.name)]
    tasks = "\n".join(texts(statuses))
    events = "\n".join(texts(team.cluster.objects("events", team.namespace.name)))
    log = team.cluster.kubectl("logs", "-n", OPERATOR_NAMESPACE, "-l", PODS, "--tail=-1")
    for said in (tasks, events, log):
        assert CANARY not in said
        assert ESCAPE not in said
