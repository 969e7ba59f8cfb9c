"""What can be wrong with a checkpoint on a disk: each of its files, or the whole of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

Mutation = Callable[[Path], object]


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _truncate(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def _take_from_the_one_before(path: Path) -> None:
    """Of the same size, and good for its own step."""
    shutil.copy(path.parent.parent / "step-3" / path.name, path)


OF_A_FILE: dict[str, Mutation] = {
    "missing": Path.unlink,
    "empty": _empty,
    "truncated": _truncate,
    "a bit flipped": _flip_a_bit,
    "of another step": _take_from_the_one_before,
}


def _add_a_file(folder: Path) -> None:
    (folder / "optimizer.pt").write_bytes(b"cposix\nsystem\n(S'false'\ntR.")


def _rename(folder: Path) -> None:
    folder.rename(folder.with_name("step-9"))


def _half(folder: Path) -> None:
    for path in sorted(folder.iterdir())[::2]:
        path.unlink()


OF_THE_WHOLE: dict[str, Mutation] = {
    "a pickle added": _add_a_file,
    "renamed to a later step": _rename,
    "half of its files": _half,
}
