"""The sandbox of one container as bubblewrap's command line.

Pure: it starts nothing. A container must never see this machine's /home, /root or /tmp.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .images import Image


@dataclass(frozen=True)
class Mount:
    """A folder or file of this machine, and where the container sees it."""

    source: Path
    target: str
    read_only: bool = False


@dataclass(frozen=True)
class Plan:
    """Everything that decides what a container's process is and sees."""

    command: list[str]
    env: dict[str, str]
    mounts: list[Mount]
    image: Image
    hostname: str
    user: int
    workdir: str
    read_only_root: bool
    termination_path: str


def bwrap_command(bwrap: str, plan: Plan, termination: Path) -> list[str]:
    """Return the words that run the plan; `termination` is the termination message's file."""
    words = [bwrap, *_namespaces(plan), *_system()]
    for mount in _ordered(plan, termination):
        words += ["--ro-bind" if mount.read_only else "--bind", str(mount.source), mount.target]
    if plan.read_only_root:
        words += ["--remount-ro", "/"]
    words += ["--clearenv", "--chdir", plan.workdir]
    for name, value in plan.env.items():
        words += ["--setenv", name, value]
    return [*words, "--", *plan.command]


def _namespaces(plan: Plan) -> list[str]:
    """Return the same words with and without root, so that runAsUser works for everybody.

    `--as-pid-1`: as in a container, SIGTERM is ignored by a command that does not handle it.
    """
    user = str(plan.user)
    return [
        *("--unshare-user", "--uid", user, "--gid", user, "--cap-drop", "ALL"),
        *("--unshare-pid", "--as-pid-1", "--die-with-parent", "--new-session", "--info-fd", "3"),
        *("--unshare-ipc", "--unshare-uts", "--hostname", plan.hostname[:63]),
    ]


def _system() -> list[str]:
    """Return an empty root into which only the system is mounted."""
    words = ["--ro-bind", "/usr", "/usr", "--ro-bind", "/etc", "/etc"]
    words += ["--proc", "/proc", "--dev", "/dev", "--dir", "/tmp"]  # noqa: S108 - the container's
    for link in ("bin", "sbin", "lib", "lib64"):
        words += ["--symlink", f"usr/{link}", f"/{link}"]
    return words


def _ordered(plan: Plan, termination: Path) -> list[Mount]:
    """Return outer mounts before inner ones: a volume at /tmp must not hide a checkout in it."""
    shown = [Mount(Path(path), path, read_only=True) for path in plan.image.shown]
    inside = Mount(termination, plan.termination_path)
    return sorted([*shown, *plan.mounts, inside], key=lambda mount: mount.target.count("/"))
