"""`kubectl logs` works as on any node: follow, tail, limit, previous."""

from __future__ import annotations

import subprocess

import pytest

from devcluster.cluster import Cluster, Namespace, until
from tests.devcluster.builders import MODELS, MODELS_MOUNT, a_pod, has_printed, phase

pytestmark = pytest.mark.cluster

TALKER = (
    "import os, time\nprint('line 0')\n"
    "while not os.path.exists('/models/go'): time.sleep(0.05)\n"
    "for i in range(1, 20): print('line', i)"
)
SECOND_TIME = (
    "import os, sys; print('run'); "
    "sys.exit(0 if os.path.exists('/e/x') else open('/e/x', 'w') and 1)"
)


def test_follow_shows_lines_as_they_come_and_ends_with_the_container(
    cluster: Cluster, namespace: Namespace
) -> None:
    cluster.apply(a_pod("talker", TALKER, MODELS_MOUNT, **MODELS), namespace=namespace.name)
    until(lambda: has_printed(cluster, namespace.name, "talker", "line"), "the first line")
    words = [str(cluster.binary("kubectl")), "-n", namespace.name, "logs", "-f", "talker"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env=cluster.environ
    ) as follower:
        assert follower.stdout
        first = follower.stdout.readline()
        (namespace.models / "go").touch()  # only now the container goes on
        rest = follower.stdout.read()
    assert first == "line 0\n"
    assert rest.endswith("line 19\n")
    assert follower.returncode == 0


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--tail=2", "line 18\nline 19\n"),
        ("--limit-bytes=9", "line 0\nli"),
        ("--tail=0", ""),
    ],
)
def test_part_of_the_log(cluster: Cluster, namespace: Namespace, option: str, text: str) -> None:
    code = "for i in range(20): print('line', i)"
    cluster.apply(a_pod("talker", code), namespace=namespace.name)
    cluster.wait_for("pod", "talker", namespace.name, lambda p: phase(p) == "Succeeded")
    assert cluster.kubectl("logs", option, "talker", "-n", namespace.name) == text


def test_previous_shows_the_run_before_the_restart(cluster: Cluster, namespace: Namespace) -> None:
    volume = {"volumes": [{"name": "e", "emptyDir": {}}]}
    mount = {"volumeMounts": [{"name": "e", "mountPath": "/e"}]}
    pod = a_pod("again", SECOND_TIME, mount, **volume)
    pod["spec"]["restartPolicy"] = "OnFailure"
    cluster.apply(pod, namespace=namespace.name)
    cluster.wait_for("pod", "again", namespace.name, lambda p: phase(p) == "Succeeded")
    assert cluster.kubectl("logs", "--previous", "again", "-n", namespace.name) == "run\n"
