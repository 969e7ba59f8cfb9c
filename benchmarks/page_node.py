"""The page's section on the real node, from what `make e2e-node` wrote."""

import json
from pathlib import Path

from benchmarks.page_trainer import machine_line, row


def node_lines(path: Path) -> list[str]:
    """Its lines, or how to get the results."""
    lines = ["## On a real node", ""]
    if not path.exists():
        return [*lines, "Not run yet: `make e2e-node`.", ""]
    found = json.loads(path.read_text())
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    sizes = ", ".join(f"{name} {size:,} MB" for name, size in found["megabytes"].items())
    return [
        *lines,
        f"`make e2e-node` with {versions}. The images, unpacked: {sizes}.",
        "",
        "| what was seen | s, with its set-up |",
        "|---|---|",
        *(row(_words(name), f"{seconds:.0f}") for name, seconds in found["seconds"].items()),
        "",
        machine_line(found["machine"]),
        "",
    ]


def _words(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")
