"""The pages for people, and the commands that they show."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    ROOT / "devcluster" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "adr").glob("*.md")),
]
PROGRAMS = ("make", "kubectl", "helm", "sbert-trainer")
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SYNOPSIS = re.compile(r"[\[\]]|\.\.\.")
_SUBSTITUTION = re.compile(r"\$\([^)]*\)")


class Command(NamedTuple):
    """A command of a page, in words."""

    page: Path
    line: str

    @property
    def words(self) -> list[str]:
        """The line as a shell splits it, without its comment; placeholders are filled in."""
        line = _SUBSTITUTION.sub("found", _SYNOPSIS.sub("", self.line))
        return shlex.split(line.replace("REGISTRY/", "registry.example/"), comments=True)


def blocks(page: Path, language: str = "") -> list[str]:
    """The fenced blocks of a page in a language; without one they are for a terminal."""
    return [body for found, body in _FENCED.findall(page.read_text()) if found == language]


def commands(*programs: str) -> list[Command]:
    """All commands of these programs; after a `$`, or in a block that shows no output."""
    lines = [
        Command(page, line.removeprefix("$ "))
        for page in PAGES
        for block in blocks(page)
        for line in block.replace("\\\n", " ").splitlines()
        if line.startswith("$ ") or "$ " not in block
    ]
    return [
        command for command in lines if command.line.startswith(tuple(f"{p} " for p in programs))
    ]
