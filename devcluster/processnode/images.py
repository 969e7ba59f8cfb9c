"""What stands for a container image: programs of this machine and how to start them."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_FILE = Path(__file__).with_name("images.yaml")
CHECKOUT = Path(__file__).resolve().parents[2]


class UnknownImageError(Exception):
    """No program stands for the image."""


@dataclass(frozen=True)
class Image:
    """Folders of this machine, shown read-only at the same path, and the command in them."""

    entrypoint: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    user: int = 1000
    workdir: str = "/"


def load_images(path: Path) -> dict[str, Image]:
    """Read a file of image pattern -> Image, in which ${CHECKOUT}, ${VENV}, ${PYTHON_HOME} stand
    for this checkout and this Python.

    PYTHON_HOME must be shown beside VENV: a virtual environment's interpreter is a link to its
    base installation.
    """
    places = {"CHECKOUT": CHECKOUT, "VENV": sys.prefix, "PYTHON_HOME": sys.base_prefix}
    found = yaml.safe_load(Template(path.read_text()).substitute(places))
    return {pattern: Image(**fields) for pattern, fields in found.items()}


def image_for(name: str, images: Mapping[str, Image]) -> Image:
    """Return the first image whose pattern matches `name`. Raises UnknownImageError."""
    for pattern, image in images.items():
        if fnmatchcase(name, pattern):
            return image
    known = ", ".join(images)
    raise UnknownImageError(f'no program stands for image "{name}" on this node; known: {known}')
