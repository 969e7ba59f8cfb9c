"""What a measurement was made on, and when: stands in every file of results."""

import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

_PACKAGES = ("torch", "transformers", "sentence-transformers", "datasets", "numpy")


def describe() -> dict[str, Any]:
    """Processor, cores, memory in GiB, versions, load average of the last minute, date."""
    return {
        "cpu": _field("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(_field("/proc/meminfo", "MemTotal").split()[0]) / 2**20, 1),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in _PACKAGES},
        "load_average": round(os.getloadavg()[0], 2),
        "date": datetime.now(UTC).date().isoformat(),
    }


def peak_memory() -> int:
    """The largest resident set of this process so far, in bytes."""
    return int(_field("/proc/self/status", "VmHWM").split()[0]) * 1024


def _field(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown 0"
