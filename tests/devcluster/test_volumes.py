"""What a pod sees of its volumes, its environment and this machine."""

from __future__ import annotations

import errno
import json
from typing import TYPE_CHECKING

import pytest

from tests.devcluster.builders import Json, a_job, a_pod_spec, job_end, pods_of, terminated

if TYPE_CHECKING:
    from devcluster.cluster import Cluster, Namespace

pytestmark = pytest.mark.cluster

LOOK_AROUND = """
import json, os, pathlib
def refused(path):
    try: open(path, 'w')
    except OSError as e: return e.errno
    return 0
read = lambda path: pathlib.Path(path).read_text()
pathlib.Path('/data/out').write_text(json.dumps({
  'uid': os.getuid(), 'config': read('/config/a'), 'secret': read('/secret/s'),
  'labels': read('/info/labels').split('\\n')[0], 'last': read('/info/labels')[-1],
  'note': read('/info/note'), 'env': os.environ['FROM_SECRET'] + os.environ['EXPANDED'],
  'root': refused('/x'), 'tmp': refused('/tmp/x'), 'readonly': refused('/config/b'),
  'empty': refused('/empty/x'), 'sub': refused('/sub/x'),
  'hidden': [path for path in ('/home', '/var/lib', '/sys') if os.path.exists(path)]}))
open('/dev/termination-log', 'w').write('m' * 5000)
"""
SEEN = {
    "uid": 4321,
    "config": "A",
    "secret": "S",
    "labels": 'app="look"',
    "last": '"',
    "note": 'a "b"',
    "env": "Sprocess-node$(NODE)",
    "root": errno.EROFS,
    "tmp": errno.EROFS,
    "readonly": errno.EROFS,
    "empty": 0,
    "sub": 0,
    "hidden": [],
}
INFO = [
    {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
    {"path": "note", "fieldRef": {"fieldPath": "metadata.annotations['note']"}},
]
POD = a_pod_spec(
    LOOK_AROUND,
    {
        "env": [
            {
                "name": "FROM_SECRET",
                "valueFrom": {"secretKeyRef": {"name": "secret", "key": "s"}},
            },
            {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
            {"name": "EXPANDED", "value": "$(NODE)$$(NODE)"},
        ],
        "securityContext": {
            "readOnlyRootFilesystem": True,
            "runAsUser": 4321,
            "runAsNonRoot": True,
        },
        "volumeMounts": [
            {"name": "data", "mountPath": "/data"},
            {"name": "data", "mountPath": "/sub", "subPath": "sub"},
            {"name": "config", "mountPath": "/config", "readOnly": True},
            {"name": "secret", "mountPath": "/secret"},
            {"name": "info", "mountPath": "/info"},
            {"name": "empty", "mountPath": "/empty"},
        ],
    },
    volumes=[
        {"name": "data", "persistentVolumeClaim": {"claimName": "models"}},
        {"name": "config", "configMap": {"name": "config"}},
        {"name": "secret", "secret": {"secretName": "secret"}},
        {"name": "empty", "emptyDir": {}},
        {"name": "info", "downwardAPI": {"items": INFO}},
    ],
)


def _source(kind: str, name: str, **content: Json) -> Json:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **content}


def test_job_sees_its_volumes_and_nothing_else_of_this_machine(
    cluster: Cluster, namespace: Namespace
) -> None:
    config = _source("ConfigMap", "config", data={"a": "A"})
    secret = _source("Secret", "secret", stringData={"s": "S"})
    cluster.apply(config, secret, a_job("look", POD), namespace=namespace.name)
    cluster.wait_for("job", "look", namespace.name, lambda j: "Complete" in job_end(j))
    assert json.loads((namespace.models / "out").read_text()) == SEEN
    assert (namespace.models / "sub" / "x").exists()
    (pod,) = pods_of(cluster, namespace.name, "look")
    assert terminated(pod)["reason"] == "Completed"
    assert terminated(pod)["message"] == "m" * 4096
