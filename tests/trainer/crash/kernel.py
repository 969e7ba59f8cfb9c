"""What only the Linux kernel's own calls can do to this process: its own mounts, no privileges."""

import ctypes
import os
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
# include/uapi/linux/sched.h and mount.h
_NEW_NAMESPACE_OF_MOUNTS = 0x00020000
_NEW_NAMESPACE_OF_USERS = 0x10000000
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 32, 4096, 16384, 1 << 18
_CAPABILITY_VERSION = 0x20080522


def own_mounts() -> None:
    """Let this process, of one thread still, mount what only it and its children see.

    Raises OSError where the machine forbids it.
    """
    user, group = os.geteuid(), os.getegid()
    try:
        _call("unshare", _NEW_NAMESPACE_OF_MOUNTS)
    except OSError:
        _call("unshare", _NEW_NAMESPACE_OF_MOUNTS | _NEW_NAMESPACE_OF_USERS)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _mount("none", Path("/"), None, _PRIVATE | _RECURSIVE)


def mount_memory(folder: Path, size: int, names: int) -> None:
    """A file system in memory of `size` bytes and `names` files and folders."""
    _mount("memory", folder, "tmpfs", 0, f"size={size},nr_inodes={names},mode=0755")


def make_read_only(folder: Path) -> None:
    """Mount `folder` onto itself so that nothing can be written below it."""
    _call("unshare", _NEW_NAMESPACE_OF_MOUNTS)
    _mount(str(folder), folder, None, _BIND | _RECURSIVE)
    _mount("none", folder, None, _BIND | _REMOUNT | _READ_ONLY)


def drop_privileges() -> None:
    """From here on permissions count, for root too (capset(2), all sets empty)."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())


def _mount(source: str, target: Path, kind: str | None, flags: int, options: str = "") -> None:
    words = [source, str(target), kind]
    encoded = [None if word is None else word.encode() for word in words]
    _call("mount", *encoded, ctypes.c_ulong(flags), options.encode())


def _call(name: str, *arguments: object) -> None:
    if getattr(_LIBC, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
