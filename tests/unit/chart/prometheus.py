"""What Prometheus makes of the chart's queries, and which metrics the operator has."""

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from devcluster import versions
from devcluster.binaries import find
from devcluster.errors import DevClusterError
from sbert_operator.metrics import Metrics
from tests.unit.chart.rendering import Json, of_kind, render

JOB = "sbert/demo-sbert-operator"
MONITORED: Json = {
    "metrics": {
        name: {"enabled": True} for name in ("serviceMonitor", "prometheusRule", "dashboard")
    }
}
_SUFFIXES = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}


class Metric(NamedTuple):
    """A metric as Prometheus shows it."""

    kind: str
    labels: tuple[str, ...]


@cache
def promtool_program() -> Path:
    """Prometheus' own checker of rules."""
    if (found := find(versions.PROMTOOL)) is None:
        raise DevClusterError("promtool is not there. Run `make setup` once.")
    return found["promtool"]


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    """Run it; what it says is on both outputs."""
    command = [str(promtool_program()), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def alerts() -> list[Json]:
    """The alerts that the chart installs."""
    (rule,) = of_kind(render(MONITORED), "PrometheusRule")
    return [alert for group in rule["spec"]["groups"] for alert in group["rules"]]


def write_rules(path: Path, rules: list[Json]) -> None:
    """A file of rules as Prometheus reads it."""
    path.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))


def judged(folder: Path, seen: dict[str, str], **expectations: object) -> None:
    """Have promtool look at series and compare what comes of `folder`/rules.yaml and of queries.

    `seen` are series with their values minute by minute: `1x3` is 1, and 3 times more;
    `expectations` are fields of https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules.
    """
    given = [{"series": name, "values": values} for name, values in seen.items()]
    test = {"interval": "1m", "input_series": given, **expectations}
    document = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": [test]}
    (folder / "test.yaml").write_text(yaml.safe_dump(document))
    done = promtool("test", "rules", str(folder / "test.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr


@cache
def used_metrics() -> Metrics:
    """The operator's metrics, of which each has been used."""
    found = Metrics()
    found.leader.set(1)
    found.reconciled("TrainingTask", "ok", 0.1)
    found.api_request("GET", "jobs", 200)
    found.api_request("GET", "jobs", 500)
    found.watch_event("Job")
    found.count_tasks("TrainingTask", ["Queued"])
    found.expect(["team"])
    return found


def metrics() -> dict[str, Metric]:
    """The operator's metrics by the name in the documentation, with their labels in order."""
    known = {}
    for family in used_metrics().registry.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = [label for label in family.samples[0].labels if label != "le"]
        known[name] = Metric(family.type, tuple(labels))
    return known


def series() -> set[str]:
    """Names that a query may use."""
    return {
        f"{name.removesuffix('_total')}{suffix}"
        for name, metric in metrics().items()
        for suffix in _SUFFIXES[metric.kind]
    }


def named_in(query: str) -> set[str]:
    """The operator's series that a query names."""
    return set(re.findall(r"\bsbert_operator_\w+", query))
