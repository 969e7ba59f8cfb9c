"""Builds the programs of one component with Go, and says how far it is."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from typing import IO, TYPE_CHECKING

from .errors import DevClusterError
from .paths import DEVCLUSTER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .versions import Component

PROGRESS_SECONDS = 10.0


def go_build(go: str, component: Component, target: Path, report: Callable[[str], None]) -> None:
    """Build all programs into `target`. Raises DevClusterError with Go's last words."""
    report(f"building {component.name} {component.version}, usually {minutes(component.seconds)}")
    for program, package in component.packages.items():
        output = str(target / program)
        flags = ["-v", "-trimpath", "-tags", component.tags, "-ldflags", component.ldflags]
        words = [go, "build", *flags, "-o", output]
        folder = DEVCLUSTER / component.module
        environ = {**os.environ, "CGO_ENABLED": "0"}
        with subprocess.Popen(
            [*words, package], cwd=folder, env=environ, stderr=subprocess.PIPE
        ) as process:
            assert process.stderr
            said = _follow(process.stderr, program, report)
        if process.returncode:
            raise DevClusterError(
                f"go build of {program} failed; it needs Go 1.26 and a way to the Go modules"
                f" (GOPROXY). Go's last words:\n{said}"
            )


def _follow(stream: IO[bytes], program: str, report: Callable[[str], None]) -> str:
    """Count the packages that Go names, say so now and then; return its last lines."""
    began = told = time.monotonic()
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            if selector.select(timeout=1.0):
                if not (chunk := os.read(stream.fileno(), 65536)):
                    return b"\n".join(said.splitlines()[-5:]).decode(errors="replace")
                said += chunk
            if time.monotonic() - told >= PROGRESS_SECONDS:
                told = time.monotonic()
                passed, lines = minutes(told - began), said.count(b"\n")
                report(f"  {program}: {lines} packages or modules, {passed}")


def minutes(seconds: float) -> str:
    """Return a duration for a person: `45 s`, `6 min 20 s`."""
    whole, rest = divmod(round(seconds), 60)
    return f"{whole} min {rest} s" if whole else f"{rest} s"
