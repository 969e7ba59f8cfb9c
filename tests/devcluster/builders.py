"""Builders of pods and Jobs for the process node's tests, and how to read what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from devcluster.cluster import Cluster

Json = dict[str, Any]
MODELS = {"volumes": [{"name": "m", "persistentVolumeClaim": {"claimName": "models"}}]}
MODELS_MOUNT = {"volumeMounts": [{"name": "m", "mountPath": "/models"}]}
UNTIL_TERM = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(33)); print('up'); "


def a_container(code: str, **fields: Any) -> Json:
    return {"name": "c", "image": "python:check", "args": ["-u", "-c", code], **fields}


def a_pod_spec(code: str, container: Json | None = None, **fields: Any) -> Json:
    return {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 3,
        "containers": [a_container(code, **(container or {}))],
        **fields,
    }


def a_pod(name: str, code: str, container: Json | None = None, **fields: Any) -> Json:
    spec = a_pod_spec(code, container, **fields)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def a_job(name: str, pod: Json, **fields: Any) -> Json:
    meta = {"labels": {"app": name}, "annotations": {"note": 'a "b"'}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"template": {"metadata": meta, "spec": pod}, **fields},
    }


def job_end(job: Json) -> str:
    """Return "" while it runs, `Complete:CompletionsReached`, `Failed:PodFailurePolicy`, ..."""
    conditions = job.get("status", {}).get("conditions", [])
    ends = [c for c in conditions if c["type"] in ("Complete", "Failed")]
    return "".join(f"{c['type']}:{c.get('reason', '')}" for c in ends)


def container_state(pod: Json) -> Json:
    statuses: list[Json] = pod["status"].get("containerStatuses", [{}])
    state: Json = statuses[0].get("state", {})
    return state


def terminated(pod: Json) -> Json:
    """Return how the first container ended; empty while it has not."""
    end: Json = container_state(pod).get("terminated", {})
    return end


def waiting_reason(pod: Json) -> str:
    return str(container_state(pod).get("waiting", {}).get("reason", ""))


def phase(pod: Json) -> str:
    return str(pod.get("status", {}).get("phase", ""))


def pods_of(cluster: Cluster, namespace: str, job: str) -> list[Json]:
    return cluster.pods(namespace, f"job-name={job}")


def has_printed(cluster: Cluster, namespace: str, pod: str, text: str) -> bool:
    """Return whether the pod's (or `job/name`'s) log holds the text yet."""
    return text in cluster.try_kubectl("logs", pod, "-n", namespace).stdout
