"""What kube-score, which knows nothing of this project, finds in the chart's manifests."""

import json
import subprocess
from functools import cache

import pytest

from devcluster import versions
from devcluster.binaries import find
from devcluster.errors import DevClusterError
from tests.unit.chart.rendering import VALUES, snapshot

EXCEPTIONS = {
    "container-resources": "no limit of processor time: it would slow the operator down in the very"
    " bursts for which its node has room; memory is limited",
    "container-image-pull-policy": "IfNotPresent: the tag is a version or a digest, and a registry"
    " that is away must not keep the operator from starting",
    "pod-networkpolicy": "networkPolicy.operator is off by default, for the address of the API"
    " server is the cluster's own",
    "networkpolicy-targets-pod": "the policy is for the pods of tasks, which come later",
    "deployment-replicas": "values `small` asks for one",
}
"""Check -> why it is not followed."""
PASSED = 10
Finding = tuple[str, str]
"""Object and check."""


@cache
def findings(name: str) -> list[Finding]:
    """What is not passed by the manifests of a set of values."""
    if (found := find(versions.KUBE_SCORE)) is None:
        raise DevClusterError("kube-score is not there. Run `make setup` once.")
    words = [str(found["kube-score"]), "score", "--output-format", "json", "-"]
    done = subprocess.run(words, input=snapshot(name), capture_output=True, text=True, check=False)
    return [
        (scored["object_name"], check["check"]["id"])
        for scored in json.loads(done.stdout)
        for check in scored["checks"]
        if not check["skipped"] and check["grade"] < PASSED
    ]


@pytest.mark.parametrize("name", VALUES)
def test_it_finds_nothing_but_what_is_meant(name: str) -> None:
    assert [found for found in findings(name) if found[1] not in EXCEPTIONS] == []


@pytest.mark.parametrize("check", EXCEPTIONS)
def test_an_exception_is_needed(check: str) -> None:
    assert any(check == found for name in VALUES for _, found in findings(name))
