"""A dataset's file as numbered lines, in bounded memory. Opens nothing that is not a regular file
inside the dataset volume, and never waits for one.
"""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from io import FileIO
from pathlib import Path
from typing import NamedTuple, Protocol

from sbert_trainer.errors import TrainingDatasetNotFoundError
from sbert_trainer.validation.faults import FaultError
from sbert_trainer.validation.ids import file_name
from sbert_trainer.validation.nearby import nearby

MAX_LINE_BYTES = 1 << 20
CHUNK_BYTES = 1 << 18
"""Read at once. Larger is not faster, and the lines of a chunk are in memory together."""


class Digest(Protocol):
    """A running hash, such as hashlib.sha256()."""

    def update(self, data: bytes, /) -> None:
        """Feed it with bytes."""


class FileState(NamedTuple):
    """By what a file is seen to be another or to have been written to."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int
    links: int
    """0: its name was taken away or given to another file."""


_BOM = b"\xef\xbb\xbf"
_UNPACK = "unpack it and write the rows as plain text"
_SAVE = "save the file as UTF-8"
_MAGIC = {
    b"\x1f\x8b": ("found a file compressed with gzip", _UNPACK),
    b"PK\x03\x04": ("found a zip archive", _UNPACK),
    b"BZh": ("found a file compressed with bzip2", _UNPACK),
    b"\xfd7zXZ": ("found a file compressed with xz", _UNPACK),
    b"\x28\xb5\x2f\xfd": ("found a file compressed with zstd", _UNPACK),
    b"PAR1": ("found a Parquet file", "write the rows with to_json(orient='records', lines=True)"),
    b"\xff\xfe": ("found text in UTF-16 or UTF-32", _SAVE),
    b"\xfe\xff": ("found text in UTF-16", _SAVE),
}
_NOT_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENXIO}
"""What opening fails with because of the file. Anything else is the volume's trouble."""


def open_dataset(root: Path, dataset_id: str) -> FileIO:
    """The dataset's file, open for reading, unbuffered.

    Raises TrainingDatasetNotFoundError, FaultError for what is no regular file inside `root`, and
    OSError for a volume that fails.
    """
    name = file_name(dataset_id)
    try:
        # O_NONBLOCK: opening a FIFO must not wait for a writer.
        number = os.open(root / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _NOT_THERE:
            raise TrainingDatasetNotFoundError(
                f"{name}: not found in {root}; {nearby(root, '.jsonl')}"
            ) from error
        if error.errno not in _REFUSED:
            raise
        raise FaultError(
            f"cannot be opened ({error.strerror})",
            f"a file that user {os.geteuid()} of group {os.getegid()} may read",
            "mend its owner, its mode or the link",
        ) from error
    try:
        _check_file(number, root)
    except FaultError:
        os.close(number)
        raise
    return os.fdopen(number, "rb", buffering=0)


def _check_file(number: int, root: Path) -> None:
    """Judge the open file, not its name: a name can be exchanged in between."""
    if not stat.S_ISREG(os.fstat(number).st_mode):
        raise FaultError("found a folder, pipe or device", "a file", "put the rows into a file")
    real = Path(f"/proc/self/fd/{number}").readlink()
    if not real.is_relative_to(root.resolve()):
        raise FaultError(
            "found a link that leads out of the dataset volume",
            "a file inside",
            "copy the file to where the link is",
        )


def state_of(file: FileIO) -> FileState:
    """The state of an open file."""
    found = os.fstat(file.fileno())
    return FileState(
        found.st_dev,
        found.st_ino,
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
        found.st_nlink,
    )


def numbered_lines(file: FileIO, digests: Sequence[Digest]) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers from 1, without line end; blank lines are left out.

    `digests` are fed with every byte. Raises FaultError for a file that is no JSON lines as a
    whole, has a line over MAX_LINE_BYTES, or changes while it is read.
    """
    before = state_of(file)
    number, rest = 0, b""
    for chunk in _chunks(file, before.size, digests):
        *lines, rest = (rest + chunk).split(b"\n")
        if number == 0:
            _check_start(lines[0] if lines else rest)
        for line in lines:
            number += 1
            _check_length(line, number)
            if line := _bare(line, number):
                yield number, line
        _check_length(rest, number + 1)
    if line := _bare(rest, number + 1):
        yield number + 1, line
    _check_unchanged(before, state_of(file))


def _chunks(file: FileIO, size: int, digests: Sequence[Digest]) -> Iterator[bytes]:
    """No more than `size` bytes: a file may grow faster than it is read."""
    while chunk := file.read(min(CHUNK_BYTES, size)):
        size -= len(chunk)
        for digest in digests:
            digest.update(chunk)
        yield chunk


def _bare(line: bytes, number: int) -> bytes:
    """The line without line end and byte order mark, or nothing if it is blank."""
    if number == 1:
        line = line.removeprefix(_BOM)
    line = line.rstrip(b"\r")
    return line if line.strip() else b""


def _check_length(line: bytes, number: int) -> None:
    if len(line) > MAX_LINE_BYTES:
        raise FaultError(
            f"found more than {MAX_LINE_BYTES} bytes",
            "at most that in a line",
            "split the row, or put each into a line of its own; checking stopped here",
            line=number,
        )


def _check_unchanged(before: FileState, after: FileState) -> None:
    """Another name or mode while it is read (changed_ns) does no harm."""
    written = (before.size, before.modified_ns) != (after.size, after.modified_ns)
    if written or not after.links:
        raise FaultError(
            "was changed while it was read", "a file at rest", "start again when it is complete"
        )


def _check_start(line: bytes) -> None:
    for magic, (what, advice) in _MAGIC.items():
        if line.startswith(magic):
            raise FaultError(what, "plain JSON lines in UTF-8", advice)
    start = line.removeprefix(_BOM).strip()
    if start.startswith(b"["):
        raise FaultError(
            "found an array",
            "one object in each line",
            "turn it into lines: jq -c '.[]' old.json > new.jsonl",
            line=1,
        )
    if start == b"{":
        raise FaultError(
            "found an object over several lines",
            "each object in one line",
            "put each into one line: jq -c . old.json > new.jsonl",
            line=1,
        )
