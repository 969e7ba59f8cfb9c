"""Renders the chart with helm.

`.venv/bin/python -m tests.unit.chart.rendering` writes the snapshots anew.
"""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from devcluster import versions
from devcluster.binaries import find
from devcluster.errors import DevClusterError

Json = dict[str, Any]

CHART = Path(__file__).parents[3] / "charts/sbert-operator"
HERE = Path(__file__).parent
VALUES = {path.stem: path for path in sorted((HERE / "values").glob("*.yaml"))}
SNAPSHOTS = HERE / "snapshots"


class RefusedError(Exception):
    """Helm refused the chart or the values; the text is what it said."""


@cache
def helm_program() -> Path:
    """The dev cluster's helm."""
    if (found := find(versions.HELM)) is None:
        raise DevClusterError("helm is not there. Run `make setup` once.")
    return found["helm"]


def helm(*words: str, values: Json | None = None) -> str:
    """What helm prints. Raises RefusedError."""
    return _said(words, json.dumps(values or {}))


@cache  # many tests look at the same manifests
def _said(words: tuple[str, ...], values: str) -> str:
    command = [str(helm_program()), *words, "--values", "-"]
    done = subprocess.run(command, input=values, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RefusedError(done.stdout + done.stderr)
    return done.stdout


def load_values(name: str) -> Json:
    """One of the sets of values of this folder."""
    found: Json = yaml.safe_load(VALUES[name].read_text()) or {}
    return found


def render(values: Json | None = None) -> list[Json]:
    """The manifests of release `demo` in namespace `sbert`, as helm would apply them."""
    text = helm("template", "demo", str(CHART), "--namespace", "sbert", values=values)
    return [manifest for manifest in yaml.safe_load_all(text) if manifest]


def of_kind(manifests: list[Json], kind: str) -> list[Json]:
    """The manifests of a kind."""
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def the_deployment(values: Json | None = None) -> Json:
    """The operator's Deployment."""
    (found,) = of_kind(render(values), "Deployment")
    return found


def snapshot(name: str) -> str:
    """The manifests of a set of values as text, but for what is a file: the generated CRD, and the
    dashboard."""
    manifests = render(load_values(name))
    shown = [m for m in manifests if m["kind"] not in ("CustomResourceDefinition", "ConfigMap")]
    return yaml.safe_dump_all(shown, sort_keys=False)


if __name__ == "__main__":
    for name in VALUES:
        (SNAPSHOTS / f"{name}.yaml").write_text(snapshot(name))
