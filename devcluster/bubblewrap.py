"""Finds bubblewrap, or gets it from the system's package archive without root.

It must never install anything into the system.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from .debian import unpack_packages
from .errors import DevClusterError
from .locking import locked
from .paths import cache

_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_BY_HAND = "Install bubblewrap (for example `sudo apt-get install bubblewrap`)."
# What every pod does. A bwrap that cannot do this cannot run any.
_PROBE = ["--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc", "true"]


def find_bubblewrap() -> Path | None:
    """Return bwrap from PATH, else from the cache, else None."""
    if on_path := shutil.which("bwrap"):
        return Path(on_path)
    kept = _kept()
    return kept if kept.exists() else None


def provide_bubblewrap() -> Path:
    """Return a bwrap that works. Raises DevClusterError."""
    with locked(cache() / "bubblewrap.lock"):
        bwrap = find_bubblewrap() or _from_archive()
    check_works(bwrap)
    return bwrap


def check_works(bwrap: Path) -> None:
    """Run nothing in a sandbox, once. Raises DevClusterError with what to do."""
    done = subprocess.run([bwrap, *_PROBE], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    if _APPARMOR.exists() and _APPARMOR.read_text().strip() == "1":
        raise DevClusterError(
            "This system's AppArmor forbids user namespaces to ordinary users, which bubblewrap"
            " needs. Allow them with"
            " `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, or run as root."
        )
    raise DevClusterError(
        f"bubblewrap cannot make a sandbox here: {done.stderr.strip()}. It needs unprivileged user"
        " namespaces (`sysctl kernel.unprivileged_userns_clone user.max_user_namespaces`), or root."
    )


def _kept() -> Path:
    return cache() / "bubblewrap" / "usr" / "bin" / "bwrap"


def _from_archive() -> Path:
    unpack_packages(["bubblewrap"], _kept().parents[2], _BY_HAND)
    return _kept()
