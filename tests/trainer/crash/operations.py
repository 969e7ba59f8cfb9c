"""Counts what a process does to the files of one folder, and does something at the n-th operation.

An operation is noted just before it is done. Python's audit events tell most of them; the few that
have none (fsync, writes to a descriptor, what the Rust libraries write) are wrapped, in the process
under test alone. Only the main thread's are counted: the others' come at no fixed place.
"""

import builtins
import io
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import safetensors.torch
from transformers.tokenization_utils_tokenizers import TokenizersBackend

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_BY_PATH = {"os.mkdir", "os.remove", "os.rmdir", "os.chmod"}
_BY_TWO_PATHS = {"os.rename", "os.link", "os.symlink"}
_BY_DESCRIPTOR = ("fsync", "fdatasync", "write", "pwrite", "ftruncate")


class Operation(NamedTuple):
    """One that is about to be done."""

    number: int
    """Counted from 1."""
    kind: str
    path: Path
    source: Path
    """What is renamed to `path`; else `path` itself."""


Meets = Callable[[Operation], None]


class Operations:
    """The operations below a folder, from `watch` on."""

    def __init__(self, folder: Path, meets: Meets) -> None:
        """`meets` is called before each operation, in the thread that does it."""
        self._folder = folder.absolute()
        self._meets = meets
        self._count = 0
        self._busy = False

    def watch(self) -> None:
        """Begin. An audit hook cannot be removed: only a process made for it should do this."""
        sys.addaudithook(self._hear)
        for name in _BY_DESCRIPTOR:
            _wrap(os, name, lambda number, *_, name=name: self._note(f"os.{name}", _path(number)))
        self._see_files_that_are_open()
        _wrap(
            safetensors.torch,
            "serialize_file",
            lambda _, filename, **__: self._note("safetensors", str(filename)),
            twice=True,
        )
        _wrap(
            TokenizersBackend,
            "save_pretrained",
            lambda _, folder, *__, **___: self._note("tokenizer", f"{folder}/tokenizer.json"),
            twice=True,
        )

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if flags & _WRITING and not isinstance(path, int):
                self._note("open", os.fsdecode(path))
        elif event in _BY_PATH:
            self._note(event, _named(arguments[0], arguments[-1]))
        elif event in _BY_TWO_PATHS:
            source, path = map(os.fsdecode, arguments[:2])
            self._note(event, path, source)

    def _see_files_that_are_open(self) -> None:
        """A file that was opened for writing is there, and empty."""
        plain = io.open

        def opened(file: Any, mode: str = "r", *others: Any, **named: Any) -> Any:
            result = plain(file, mode, *others, **named)
            if set(mode) & set("wax+") and not isinstance(file, int):
                self._note("opened", os.fsdecode(file))
            return result

        for module in (io, builtins):
            module.open = opened  # type: ignore[attr-defined]

    def _note(self, kind: str, path: str, source: str = "") -> None:
        if threading.current_thread() is not threading.main_thread() or self._busy:
            return
        place = Path(path).absolute()
        if not place.is_relative_to(self._folder):
            return
        self._count += 1
        self._busy = True  # what `meets` does itself is no operation
        try:
            self._meets(Operation(self._count, kind, place, Path(source or place).absolute()))
        finally:
            self._busy = False


def _wrap(owner: Any, name: str, note: Callable[..., None], *, twice: bool = False) -> None:
    plain = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        note(*arguments, **named)
        result = plain(*arguments, **named)
        if twice:
            note(*arguments, **named)
        return result

    setattr(owner, name, wrapped)


def _path(number: int) -> str:
    return str(Path(f"/proc/self/fd/{number}").readlink())


def _named(path: Any, folder: int) -> str:
    """`folder` is the descriptor that the path is relative to, or -1."""
    if isinstance(path, int):
        return _path(path)
    return os.fsdecode(path) if folder < 0 else f"{_path(folder)}/{os.fsdecode(path)}"
