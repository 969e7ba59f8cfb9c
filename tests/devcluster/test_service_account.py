"""A server under its own ServiceAccount: in-cluster configuration, rights, readiness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.devcluster.builders import Json, a_container

if TYPE_CHECKING:
    from devcluster.cluster import Cluster, Namespace

pytestmark = pytest.mark.cluster

SERVER = """
import os, http.server
from kubernetes import client, config
config.load_incluster_config()
core = client.CoreV1Api()
space = open('/var/run/secrets/kubernetes.io/serviceaccount/namespace').read()
print('allowed', len(core.list_namespaced_pod(space).items))
try: core.list_namespaced_secret(space)
except client.ApiException as e: print('forbidden', e.status)
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.send_response(200 if self.path == '/readyz' else 404); self.end_headers()
http.server.HTTPServer((os.environ['POD_IP'], 8080), H).serve_forever()
"""
PROBE = {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 1}
CONTAINER = a_container(
    SERVER,
    env=[{"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
    ports=[{"name": "http", "containerPort": 8080}],
    readinessProbe=PROBE,
    livenessProbe=PROBE,
    startupProbe=PROBE | {"failureThreshold": 30},
)
RBAC = "rbac.authorization.k8s.io"
RULES = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]


def _named(api: str, kind: str, **fields: object) -> Json:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "reader"}, **fields}


OBJECTS = [
    _named("v1", "ServiceAccount"),
    _named(f"{RBAC}/v1", "Role", rules=RULES),
    _named(
        f"{RBAC}/v1",
        "RoleBinding",
        subjects=[{"kind": "ServiceAccount", "name": "reader"}],
        roleRef={"apiGroup": RBAC, "kind": "Role", "name": "reader"},
    ),
    _named(
        "apps/v1",
        "Deployment",
        spec={
            "replicas": 2,
            "selector": {"matchLabels": {"app": "server"}},
            "template": {
                "metadata": {"labels": {"app": "server"}},
                "spec": {
                    "serviceAccountName": "reader",
                    "terminationGracePeriodSeconds": 1,
                    "containers": [CONTAINER],
                },
            },
        },
    ),
]


def test_two_replicas_on_one_port_have_the_rights_of_their_account(
    cluster: Cluster, namespace: Namespace
) -> None:
    cluster.apply(*OBJECTS, namespace=namespace.name)
    place = ("-n", namespace.name)
    cluster.kubectl("rollout", "status", "deployment/reader", "--timeout=60s", *place)
    pods = cluster.pods(namespace.name, "app=server")
    logs = [cluster.kubectl("logs", pod["metadata"]["name"], *place) for pod in pods]
    assert all(log.startswith("allowed") and "\nforbidden 403\n" in log for log in logs)
    assert len({pod["status"]["podIP"] for pod in pods}) == 2
