"""`python -m devcluster.realnode`: get everything that a real node needs; later it only looks."""

from __future__ import annotations

import sys
import time

from ..binaries import provide
from ..errors import DevClusterError
from ..gobuild import minutes
from ..versions import NODE_TOOLS
from .images import build_images
from .machine import install_builders, provide_runtime, what_is_missing


def main() -> int:
    """Return the exit status: 0, also where there can be no node; 1 with a sentence."""
    if missing := what_is_missing():
        print(f"no real node here: {missing}.")
        return 0
    began = time.monotonic()
    try:
        install_builders()
        provide_runtime()
        for component in NODE_TOOLS:
            provide(component, _say)
        build_images(_say)
    except DevClusterError as error:
        print(f"devcluster: {error}", file=sys.stderr)
        return 1
    _say(f"ready, {minutes(time.monotonic() - began)} (the first time usually 12 min)")
    return 0


def _say(line: str) -> None:
    print(f"real node: {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
