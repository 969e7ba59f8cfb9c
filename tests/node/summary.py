"""What is kept of a run of `make e2e-node`: each test, how long it took, and on what.

A pytest plugin: `-p tests.node.summary`.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks import machine
from benchmarks.shared_data import RESULTS
from devcluster.realnode.images import OPERATOR, TRAINER, image_bytes
from devcluster.realnode.machine import provide_runtime
from devcluster.versions import KUBELET

SUMMARY = RESULTS / "node.json"


def pytest_configure(config: pytest.Config) -> None:
    """Keep a summary of this run."""
    config.pluginmanager.register(Summary())


class Summary:
    """Writes SUMMARY after a run in which everything was seen and passed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.skipped = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that has passed, with the time of its set-up."""
        self.skipped |= report.skipped
        name = report.nodeid.rpartition("::")[2]
        self.seconds[name] = self.seconds.get(name, 0.0) + report.duration

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Write the summary."""
        if exitstatus == pytest.ExitCode.OK and self.seconds and not self.skipped:
            SUMMARY.write_text(json.dumps(self._found(), indent=1) + "\n")

    def _found(self) -> dict[str, Any]:
        return {
            "machine": machine.describe(),
            "versions": {
                "kubelet": KUBELET.version,
                "containerd": _version("usr/bin/containerd"),
                "runc": _version("usr/sbin/runc"),
            },
            "megabytes": {name: round(image_bytes(name) / 1e6) for name in (OPERATOR, TRAINER)},
            "seconds": {name: round(seconds, 1) for name, seconds in self.seconds.items()},
        }


def _version(program: str) -> str:
    """The version that a program of the runtime says, such as `1.6.20`."""
    path: Path = provide_runtime() / program
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    words = said.splitlines()[0].split()
    return next(word for word in words if word[0].isdigit())
