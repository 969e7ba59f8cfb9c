"""A canary: a file that appears when something in a model's folder is run, and an ear for Python's
audit events, which hears when something is only opened that must not be.
"""

import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_NEVER_OPENED = (".bin", ".pt", ".pth", ".pkl", ".py", ".pyc")
_listening: list["Canary"] = []


class Canary:
    """Sings if code of a model below `folder` runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "canary"
        self.heard: list[str] = []

    @property
    def sings(self) -> bool:
        return self._file.exists()

    def pickle(self) -> bytes:
        """Bytes that run a command when they are unpickled."""
        return pickle.dumps(_Bomb(f"touch {self._file}"))

    def module(self) -> str:
        """The text of a module that acts when it is imported, whatever is looked for in it."""
        return (
            f"import pathlib\npathlib.Path({str(self._file)!r}).touch()\n"
            "class Module: pass\ndef __getattr__(name): return Module\n"
        )

    def shell(self) -> str:
        """A command for what hands texts to a shell."""
        return f"touch {self._file}"

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str):
            path = Path(arguments[0])
            if path.suffix in _NEVER_OPENED and path.is_relative_to(self._folder):
                self.heard.append(f"opened {path.name}")
        elif event == "os.system" or (event == "import" and str(arguments[0]).startswith("evil")):
            self.heard.append(f"{event} {arguments[0]}")


class _Bomb:
    def __init__(self, command: str) -> None:
        self._command = command

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (self._command,)


@contextmanager
def listening(canary: Canary) -> Iterator[None]:
    """Let the canary hear what this process does."""
    _listening.append(canary)
    try:
        yield
    finally:
        _listening.remove(canary)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    for canary in _listening:
        canary.hear(event, arguments)


sys.addaudithook(_hook)
