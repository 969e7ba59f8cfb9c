"""The Grafana dashboard: every query works, on metrics that there are; no metric is left out."""

import json
from itertools import combinations
from pathlib import Path

import pytest

from tests.unit.chart.prometheus import (
    MONITORED,
    judged,
    metrics,
    named_in,
    series,
    used_metrics,
    write_rules,
)
from tests.unit.chart.rendering import CHART, Json, load_values, of_kind, render

DASHBOARD: Json = json.loads((CHART / "files/dashboard.json").read_text())
PANELS: dict[str, Json] = {
    f"{panel['id']} {panel['title']}": panel
    for panel in DASHBOARD["panels"]
    if panel["type"] != "row"
}
QUERIES = {
    f"{name} {target['refId']}": target["expr"]
    for name, panel in PANELS.items()
    for target in panel["targets"]
}
VARIABLES = {"$__rate_interval": "5m", "$__range": "1h", "$job": "any", "$namespace": "team"}


def test_grafana_finds_the_dashboard_by_its_label() -> None:
    (found,) = of_kind(render(MONITORED), "ConfigMap")
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(found["data"]["sbert-operator.json"]) == DASHBOARD


@pytest.mark.parametrize("name", ["default", "namespaced"])
def test_there_is_none_unless_it_is_asked_for(name: str) -> None:
    assert not of_kind(render(load_values(name)), "ConfigMap")


def test_every_query_finds_something_once_the_operator_has_worked(tmp_path: Path) -> None:
    write_rules(tmp_path / "rules.yaml", [])
    found = [
        {
            "expr": f"clamp_max(count({without_variables(query)}), 1)",
            "eval_time": "60m",
            "exp_samples": [{"labels": "{}", "value": 1}],
        }
        for query in QUERIES.values()
    ]
    judged(tmp_path, growing_series(), promql_expr_test=found)


def growing_series() -> dict[str, str]:
    """Every series that the operator has, growing by one a minute."""
    grown = {}
    for family in used_metrics().registry.collect():
        for sample in family.samples:
            labels = sample.labels | {"job": VARIABLES["$job"]}
            text = ",".join(f'{name}="{value}"' for name, value in labels.items())
            grown[f"{sample.name}{{{text}}}"] = "0+1x90"
    return grown


def without_variables(query: str) -> str:
    for variable, value in VARIABLES.items():
        query = query.replace(variable, value)
    return query


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_is_of_metrics_that_there_are_and_of_the_chosen_operator(query: str) -> None:
    named = named_in(query)
    assert named
    assert named <= series()
    assert query.count('job=~"$job"') >= len(named)


def test_every_metric_is_shown() -> None:
    shown = {name for query in QUERIES.values() for name in named_in(query)}
    hidden = {
        name
        for name, metric in metrics().items()
        if (f"{name}_bucket" if metric.kind == "histogram" else name) not in shown
    }
    assert hidden == set()


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_a_panel_says_what_it_shows_and_reads_the_chosen_source(panel: Json) -> None:
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    for part in (panel, *panel["targets"]):
        assert part["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_no_panel_covers_another() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(places)
    for one, other in combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, (one, other)
    assert all(place["x"] + place["w"] <= 24 for place in places)
