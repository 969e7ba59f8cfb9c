"""Finds bubblewrap, or gets it from the system's package archive without root.

It must never install anything into the system.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

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
    """Download the distribution's package as an ordinary user and unpack it into the cache."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise DevClusterError(f"bubblewrap is neither on PATH nor in the cache. {_BY_HAND}")
    target = _kept().parents[2]
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".bubblewrap-") as work:
        folder = Path(work)
        package = _download(folder)
        _run(folder, "dpkg-deb", "-x", str(package), str(folder / "root"))
        shutil.rmtree(target, ignore_errors=True)
        (folder / "root").rename(target)
    return _kept()


def _download(folder: Path) -> Path:
    """Use apt with its state in `folder`; its lists are fetched only where there are none."""
    private = ["-o", f"Dir::State={folder}", "-o", f"Dir::Cache={folder}"]
    private += ["-o", "Dir::State::status=/var/lib/dpkg/status"]
    private += ["-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User="]
    for options in ([], private):
        if options:
            for name in ("lists/partial", "archives/partial"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            _run(folder, "apt-get", *options, "-q", "update")
        words = ["apt-get", *options, "-q", "download", "bubblewrap"]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        if packages := list(folder.glob("bubblewrap_*.deb")):
            return packages[0]
    raise DevClusterError(f"apt-get could not download bubblewrap: {done.stderr}. {_BY_HAND}")


def _run(folder: Path, *words: str) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DevClusterError(f"`{' '.join(words)}` failed: {done.stderr.strip()}. {_BY_HAND}")
