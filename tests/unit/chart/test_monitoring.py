"""How Prometheus finds the operator, and that the page on metrics says what there is."""

from pathlib import Path

import pytest

from tests.unit.chart.prometheus import JOB, MONITORED, Metric, metrics
from tests.unit.chart.rendering import of_kind, render

PAGE = (Path(__file__).parents[3] / "docs/operations.md").read_text()


def test_the_monitor_reads_the_service_of_the_operator() -> None:
    manifests = render(MONITORED)
    (monitor,) = of_kind(manifests, "ServiceMonitor")
    (service,) = of_kind(manifests, "Service")
    wanted = monitor["spec"]["selector"]["matchLabels"]
    assert wanted.items() <= service["metadata"]["labels"].items()
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] == service["spec"]["ports"][0]["name"]
    assert endpoint["honorLabels"], "a task's namespace is not the operator's"
    assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": JOB}]


def test_a_monitor_has_a_service_in_any_case() -> None:
    values = {"metrics": {"service": {"enabled": False}, "serviceMonitor": {"enabled": True}}}
    assert of_kind(render(values), "Service")


def test_labels_of_the_chart_are_not_replaced() -> None:
    labels = {"app.kubernetes.io/name": "mine", "release": "prometheus"}
    values = {"metrics": {"serviceMonitor": {"enabled": True, "labels": labels}}}
    (monitor,) = of_kind(render(values), "ServiceMonitor")
    found = monitor["metadata"]["labels"]
    assert (found["app.kubernetes.io/name"], found["release"]) == ("sbert-operator", "prometheus")


def test_nothing_of_the_prometheus_operator_is_needed_by_default() -> None:
    assert not [m for m in render() if m["apiVersion"].startswith("monitoring.coreos.com/")]


@pytest.mark.parametrize(("name", "metric"), metrics().items(), ids=metrics())
def test_a_metric_is_explained_with_type_and_labels(name: str, metric: Metric) -> None:
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
    _, _, kind, labels, words, _ = (cell.strip() for cell in line.split("|"))
    assert kind == metric.kind
    assert labels == ", ".join(f"`{label}`" for label in metric.labels)
    assert words.endswith(".")


def test_no_metric_is_explained_that_is_not_there() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `sbert_operator_")]
    assert len(rows) == len(metrics())
