"""Durable files: digests, fsync of whole folders, files that appear whole or not at all."""

import contextlib
import hashlib
import os
from pathlib import Path


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_below(folder: Path) -> list[Path]:
    """All files below a folder, by name."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def make_readable(folder: Path) -> None:
    """Let everybody read the files: safetensors writes files that only their owner may read."""
    for path in files_below(folder):
        path.chmod(path.stat().st_mode | 0o444)


def sync(path: Path) -> None:
    """Have the disk hold what was written to a file, or which names a folder has."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sync_all(folder: Path) -> None:
    """`sync` everything below a folder, then the folder."""
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that readers find the old or the new text, also after a crash."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text)
    sync(beside)
    beside.replace(path)
    sync(path.parent)


def write_guarded(folder: Path, name: str, content: bytes, beside: str) -> None:
    """Write a file of a folder that others write to as well: whole or not at all, durably, and
    through no link that somebody made.

    The folder is made; the one above it must be there. `beside` is a name in it that nobody else
    uses at the same time.
    """
    folder.mkdir(exist_ok=True)
    sync(folder.parent)
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside, dir_fd=at)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(beside, flags, 0o644, dir_fd=at), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, name, src_dir_fd=at, dst_dir_fd=at)
        os.fsync(at)
    finally:
        os.close(at)
