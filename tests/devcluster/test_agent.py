"""The node agent may die at any moment: nothing is lost, nothing runs twice."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from devcluster.cluster import Cluster, Namespace, until
from tests.devcluster.builders import (
    MODELS,
    MODELS_MOUNT,
    a_job,
    a_pod,
    a_pod_spec,
    has_printed,
    job_end,
    pods_of,
    terminated,
)

pytestmark = pytest.mark.cluster

SLEEPER = "import time; print('up'); time.sleep(600)"
NOTE_AND_SLEEP = (
    "import os, time; open('/models/runs', 'a').write(os.uname().nodename + '\\n'); time.sleep(%d)"
)


def test_agent_killed_five_times_completes_every_job_and_runs_each_command_once(
    cluster: Cluster, namespace: Namespace
) -> None:
    names = [f"survivor-{i}" for i in range(8)]
    seconds = [1 + i % 4 * 2 for i in range(8)]
    specs = [a_pod_spec(NOTE_AND_SLEEP % s, MODELS_MOUNT, **MODELS) for s in seconds]
    jobs = [a_job(name, spec) for name, spec in zip(names, specs, strict=True)]
    cluster.apply(*jobs, namespace=namespace.name)
    for pause in (0.05, 0.3, 0.6, 1.0, 2.0):  # between binding, start, status and end
        time.sleep(pause)
        cluster.agent_kill()
        cluster.agent.start()
    for name in names:
        cluster.wait_for("job", name, namespace.name, lambda j: "Complete" in job_end(j), 60)
    runs = (namespace.models / "runs").read_text().split()
    assert len(runs) == len(set(runs)) == 8
    assert [len(pods_of(cluster, namespace.name, name)) for name in names] == [1] * 8


def test_process_of_a_pod_deleted_while_the_agent_was_away_is_ended(
    cluster: Cluster, namespace: Namespace
) -> None:
    folder, process = _running_pod(cluster, namespace, "orphan")
    cluster.agent_kill()
    cluster.kubectl("delete", "pod", "orphan", "-n", namespace.name, "--force", "--grace-period=0")
    assert process.exists()
    cluster.agent_start()
    until(lambda: not process.exists(), "the pod's process is gone")
    until(lambda: not folder.exists(), "the pod's folder is gone")


def test_container_whose_run_was_lost_is_reported_and_not_run_again(
    cluster: Cluster, namespace: Namespace
) -> None:
    _running_pod(cluster, namespace, "lost")
    cluster.agent.end(signal.SIGTERM)  # takes its processes along and forgets them
    cluster.agent_start()
    pod = cluster.wait_for("pod", "lost", namespace.name, terminated)
    assert terminated(pod)["reason"] == "ContainerStatusUnknown"
    assert terminated(pod)["exitCode"] == 137


def _running_pod(cluster: Cluster, namespace: Namespace, name: str) -> tuple[Path, Path]:
    """Return the folder of a new running pod, and its process in /proc."""
    cluster.apply(a_pod(name, SLEEPER), namespace=namespace.name)
    until(lambda: has_printed(cluster, namespace.name, name, "up"), f"pod {name} is up")
    uid = cluster.get("pod", name, namespace.name)["metadata"]["uid"]
    folder = cluster.agent.pod_folder(uid)
    info = json.loads((folder / "c" / "0" / "info").read_text())
    return folder, Path(f"/proc/{info['child-pid']}")
