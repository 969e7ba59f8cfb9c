"""`python -m devcluster`: prepare, tools, up, down, status."""

from __future__ import annotations

import argparse
import functools
import sys
import time
from typing import TYPE_CHECKING, TypeVar

from .basemodel import provide_base_model
from .binaries import provide
from .bubblewrap import provide_bubblewrap
from .bytecode import provide_bytecode
from .controlplane import ControlPlane
from .errors import DevClusterError
from .gobuild import minutes
from .paths import cluster_folder
from .processes import marked_processes
from .start import is_up, up
from .takedown import cluster_names, take_all_down
from .versions import COMPONENTS, TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .versions import Component

T = TypeVar("T")
DEFAULT_NAME = "demo"


def prepare(_: argparse.Namespace) -> None:
    """Get everything that a cluster needs; a second time it only looks."""
    _provide(COMPONENTS)
    _step("bubblewrap", 5, provide_bubblewrap)
    _step("base model", 10, provide_base_model)
    _step("Python bytecode", 25, provide_bytecode)


def tools(_: argparse.Namespace) -> None:
    """Get what only tests need."""
    _provide(TOOLS)


def _provide(components: Iterable[Component]) -> None:
    for component in components:
        what = f"{component.name} {component.version}"
        _step(what, component.seconds, functools.partial(provide, component, _say))


def start(options: argparse.Namespace) -> None:
    """Start a cluster, and say how to use it."""
    name = options.name or DEFAULT_NAME
    cluster = _step(f"cluster {name}", 10, functools.partial(up, name, gpus=options.gpus))
    tools = f"{cluster.binary('kubectl').parent}:{cluster.binary('helm').parent}"
    _say(f'export KUBECONFIG="{cluster.kubeconfig}" PATH="{tools}:$PATH"')


def down(options: argparse.Namespace) -> None:
    """Take down one cluster, or all of this checkout."""
    take_all_down(options.name)


def status(_: argparse.Namespace) -> None:
    """Show the clusters of this checkout."""
    for name in cluster_names():
        plane = ControlPlane(cluster_folder(name))
        state = "up" if is_up(plane.folder) else "not up"
        running = len(marked_processes(plane.folder))
        _say(f"{name}: {state}, {running} processes, KUBECONFIG={plane.kubeconfig}")


def _step(what: str, usual_seconds: float, action: Callable[[], T]) -> T:
    began = time.monotonic()
    found = action()
    passed = minutes(time.monotonic() - began)
    _say(f"{what}: ready, {passed} (the first time usually {minutes(usual_seconds)})")
    return found


def _say(line: str) -> None:
    print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devcluster", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument("--name", help=f"which cluster; up: {DEFAULT_NAME}, down: all")
    for function in (prepare, tools, start, down, status):
        name = "up" if function is start else function.__name__
        parents = [named] if function in (start, down) else []
        command = commands.add_parser(name, help=function.__doc__, parents=parents)
        command.set_defaults(function=function)
        if function is start:
            command.add_argument("--gpus", type=int, default=0, help="nvidia.com/gpu to offer")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Return the exit status: 0, 1 with a sentence, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        options.function(options)
    except (DevClusterError, TimeoutError) as error:
        print(f"devcluster: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
