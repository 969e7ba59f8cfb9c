"""How the CPUs are used. In a container the machine has more of them than the limit allows."""

import os
from math import ceil
from pathlib import Path

_CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")


def available_cpus(cgroup_limit: Path = _CGROUP_LIMIT) -> int:
    """OMP_NUM_THREADS, or else the smaller of CPU affinity and the cgroup's limit; at least 1.

    `cgroup_limit` holds "<quota> <period>" in microseconds, or "max <period>":
    https://docs.kernel.org/admin-guide/cgroup-v2.html
    """
    if wanted := os.environ.get("OMP_NUM_THREADS", ""):
        return int(wanted)
    affinity = len(os.sched_getaffinity(0))
    try:
        quota, period = cgroup_limit.read_text().split()
    except (OSError, ValueError):
        return affinity
    return affinity if quota == "max" else max(1, min(affinity, ceil(int(quota) / int(period))))


def let_idle_threads_sleep() -> None:
    """Tell OpenMP not to spin while it waits; only heard before torch is loaded.

    Spinning burns a container's CPU quota and the time of others: measured on two busy cores, a
    step took 6.4 s of 5 CPU seconds spinning, and 3.7 s of 2.1 CPU seconds sleeping.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
