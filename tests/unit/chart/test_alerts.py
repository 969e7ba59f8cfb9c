"""The alerts: Prometheus takes them, they fire when they should, and say what to do."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from sbert_api.reasons import Reason
from sbert_operator.metrics import UNKNOWN_REASON
from tests.unit.chart.prometheus import (
    JOB,
    alerts,
    judged,
    named_in,
    promtool,
    series,
    write_rules,
)
from tests.unit.chart.rendering import Json, RefusedError, render

PAGE = (Path(__file__).parents[3] / "docs/operations.md").read_text()
ALERTS = {alert["alert"]: alert for alert in alerts()}
TEAM = {"namespace": "team"}


class Case(NamedTuple):
    """What Prometheus has seen, and whether the alert fires then."""

    alert: str
    seen: dict[str, str]
    """Series, without the job, to their values."""
    at: int
    """Minutes after the first value."""
    fires: list[dict[str, str]]
    """Labels beside the severity."""


def requests(**counts: int) -> dict[str, str]:
    """So many requests a minute, by code."""
    name = "sbert_operator_api_requests_total"
    return {f'{name}{{code="{code[1:]}"}}': f"0+{count}x60" for code, count in counts.items()}


def ended(**counts: int) -> dict[str, str]:
    """So many tasks end in the second minute, by reason."""
    name = "sbert_operator_tasks_finished_total"
    return {
        f'{name}{{namespace="team",reason="{reason}"}}': f"0 {count}x60"
        for reason, count in counts.items()
    }


LEADER, STALE = "sbert_operator_leader", "sbert_operator_watch_stale_total"
OLDEST = "sbert_operator_queue_oldest_seconds"
DOWN, NO_LEADER = "SbertOperatorDown", "SbertOperatorNoLeader"
STALE_WATCH, QUEUE_OLD = "SbertOperatorStaleWatch", "SbertOperatorQueueOld"
API_ERRORS = "SbertOperatorApiErrors"
BROKEN, MOST_FAIL = "SbertOperatorTasksBroken", "SbertOperatorMostTasksFail"

CASES = {
    "one of two pods answers": Case(
        DOWN, {'up{pod="a"}': "1x20", 'up{pod="b"}': "0x20"}, at=15, fires=[]
    ),
    "no pod answers": Case(DOWN, {"up": "1x2 0x20"}, at=9, fires=[{}]),
    "no pod answers for a moment": Case(DOWN, {"up": "1x2 0x20"}, at=6, fires=[]),
    "no pod is known": Case(DOWN, {}, at=6, fires=[{}]),
    "one of two pods leads": Case(
        NO_LEADER, {f'{LEADER}{{pod="a"}}': "1x20", f'{LEADER}{{pod="b"}}': "0x20"}, 15, []
    ),
    "the leader changes": Case(
        NO_LEADER,
        {f'{LEADER}{{pod="a"}}': "1x5 0x20", f'{LEADER}{{pod="b"}}': "0x8 1x20"},
        at=12,
        fires=[],
    ),
    "no pod leads": Case(
        NO_LEADER, {f'{LEADER}{{pod="a"}}': "0x20", f'{LEADER}{{pod="b"}}': "0x20"}, 6, [{}]
    ),
    "no pod is there to lead": Case(NO_LEADER, {}, at=15, fires=[]),
    "watches miss nothing": Case(STALE_WATCH, {STALE: "0x60"}, at=40, fires=[]),
    "a watch missed something": Case(STALE_WATCH, {STALE: "0x5 2x60"}, at=7, fires=[{}]),
    "a watch missed something long ago": Case(STALE_WATCH, {STALE: "0x5 2x60"}, at=50, fires=[]),
    "a task waits": Case(QUEUE_OLD, {OLDEST: "0x2 90x20"}, at=13, fires=[{}]),
    "a task has waited for a while": Case(QUEUE_OLD, {OLDEST: "0x2 90x20"}, at=12, fires=[]),
    "tasks wait for seconds": Case(QUEUE_OLD, {OLDEST: "5x30"}, at=20, fires=[]),
    "requests are answered": Case(API_ERRORS, requests(c200=100, c404=50, c409=50), 30, []),
    "one of a hundred is not": Case(API_ERRORS, requests(c200=99, c500=1), at=30, fires=[]),
    "a fifth is not": Case(API_ERRORS, requests(c200=80, c0=10, c429=5, c503=5), 16, [{}]),
    "a fifth is not for a while": Case(API_ERRORS, requests(c200=80, c500=20), 10, fires=[]),
    "a fifth is forbidden": Case(API_ERRORS, requests(c200=80, c403=20), at=16, fires=[{}]),
    "nothing is requested": Case(API_ERRORS, requests(c200=0), at=30, fires=[]),
    "tasks find the disk full": Case(
        BROKEN, ended(DiskFullError=3), 10, [TEAM | {"reason": "DiskFullError"}]
    ),
    "two tasks find it full": Case(BROKEN, ended(DiskFullError=2), at=10, fires=[]),
    "tasks have bad data": Case(BROKEN, ended(DatasetValidationError=9), at=10, fires=[]),
    "tasks end well": Case(BROKEN, ended(Published=9, Reused=9), at=10, fires=[]),
    "most tasks fail": Case(MOST_FAIL, ended(Published=2, DatasetValidationError=4), 10, [TEAM]),
    "few tasks fail": Case(MOST_FAIL, ended(Published=5, DatasetValidationError=4), 10, []),
    "most of three tasks fail": Case(
        MOST_FAIL, ended(Published=1, DatasetValidationError=2), 10, []
    ),
    "no task fails": Case(MOST_FAIL, ended(Published=9, Reused=3), at=10, fires=[]),
    "evaluations end well": Case(
        MOST_FAIL, ended(Evaluated=4, QualityGatePassed=3, QualityGateFailed=3), at=10, fires=[]
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_alert_fires_when_it_should_and_not_before(case: Case, tmp_path: Path) -> None:
    rule = {**ALERTS[case.alert], "annotations": {}}
    write_rules(tmp_path / "rules.yaml", [rule])
    expected = [{"exp_labels": rule["labels"] | labels} for labels in case.fires]
    judge(tmp_path, case, expected)


def test_an_alert_says_where_and_how_much(tmp_path: Path) -> None:
    write_rules(tmp_path / "rules.yaml", [ALERTS[MOST_FAIL]])
    case = CASES["most tasks fail"]
    words = {
        "summary": "Most tasks in team fail.",
        "description": "66.67% of the tasks that ended in an hour have failed. Mostly one dataset"
        " or one template of tasks is wrong; the panel Failures by reason shows which reason:"
        " kubectl --namespace team get trainingtasks --output wide",
    }
    labels = {"severity": "warning", **TEAM}
    judge(tmp_path, case, [{"exp_labels": labels, "exp_annotations": words}])


def judge(folder: Path, case: Case, expected: list[Json]) -> None:
    """Compare the alerts that fire with those that are expected."""
    seen = {_of_the_job(name): values for name, values in case.seen.items()}
    fires = {"eval_time": f"{case.at}m", "alertname": case.alert, "exp_alerts": expected}
    judged(folder, seen, alert_rule_test=[fires])


def _of_the_job(series: str) -> str:
    name, _, labels = series.rstrip("}").partition("{")
    with_job = ",".join(filter(None, [labels, f'job="{JOB}"']))
    return f"{name}{{{with_job}}}"


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    write_rules(tmp_path / "rules.yaml", alerts())
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", str(tmp_path / "rules.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"SUCCESS: {len(ALERTS)} rules found" in done.stdout


def test_each_alert_is_tried_both_ways() -> None:
    tried = {(case.alert, bool(case.fires)) for case in CASES.values()}
    assert tried == {(name, fires) for name in ALERTS for fires in (True, False)}


@pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)
def test_an_alert_names_metrics_that_there_are(alert: Json) -> None:
    assert named_in(alert["expr"]) <= series()
    assert f'job="{JOB}"' in alert["expr"]


@pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)
def test_an_alert_says_what_is_wrong_and_what_to_do(alert: Json) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert alert["annotations"].keys() == {"summary", "description"}
    assert "RELEASE" not in str(alert)
    _, _, section = PAGE.partition(f"### {alert['alert']}\n")
    assert f"**{alert['labels']['severity']}**" in section.partition("\n### ")[0]


def test_reasons_that_alerts_name_are_those_of_the_contract() -> None:
    named = {
        reason
        for alert in ALERTS.values()
        for reasons in re.findall(r'reason=~"([^"]*)"', alert["expr"])
        for reason in reasons.split("|")
    }
    assert named <= {*Reason, UNKNOWN_REASON}


def test_alerts_without_what_they_read_are_refused() -> None:
    with pytest.raises(RefusedError, match=r"metrics\.prometheusRule: .* enable that, too"):
        render({"metrics": {"prometheusRule": {"enabled": True}}})
