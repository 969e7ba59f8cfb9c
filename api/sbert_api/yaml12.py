"""YAML as kubectl reads it: `2e-5` is a number, a date is text, a key twice is an error.

PyYAML follows YAML 1.1 and lets the last of two equal keys win. It must never build anything but
plain values: it is a SafeLoader.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

_FLOAT = "tag:yaml.org,2002:float"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class Yaml12Loader(yaml.SafeLoader):
    """SafeLoader with the numbers of YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema)."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:  # noqa: ANN401 - typed wrongly
        """A mapping. Raises yaml.MarkedYAMLError at a key that is there already."""
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.MarkedYAMLError(
                        problem=f"the key {key.value} is there twice", problem_mark=key.start_mark
                    )
                seen.add(key.value)
        return node


Yaml12Loader.yaml_implicit_resolvers = {
    first: [row for row in rows if row[0] != _TIMESTAMP]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Yaml12Loader.add_implicit_resolver(
    _FLOAT,
    re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$"),
    list("-+.0123456789"),
)


@dataclass(frozen=True)
class Document:
    """One document of a YAML text, which remembers where its parts stand."""

    data: Any
    """Plain values."""
    _node: yaml.Node

    def line(self, path: Sequence[str | int]) -> int:
        """The line, counted from 1, of the part at `path`, or of what is nearest above it."""
        node, line = self._node, self._node.start_mark.line
        for part in path:
            found = _child(node, part)
            if found is None:
                break
            node, line = found
        return line + 1


def _child(node: yaml.Node, part: str | int) -> tuple[yaml.Node, int] | None:
    """The node at a key or an index, and the line on which it begins; a key counts."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return value, key.start_mark.line
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark.line
    return None


def documents(text: str) -> list[Document]:
    """Every document of a YAML text that holds something. Raises yaml.YAMLError."""
    loader = Yaml12Loader(text)
    try:
        found = []
        while loader.check_node():
            node = loader.get_node()
            assert node is not None
            found.append(Document(loader.construct_document(node), node))
        return [document for document in found if document.data is not None]
    finally:
        loader.dispose()


def load_all(text: str) -> list[Any]:
    """The plain values of every document. Raises yaml.YAMLError."""
    return [document.data for document in documents(text)]


def explain(error: yaml.YAMLError) -> tuple[int | None, str]:
    """The line of an error, counted from 1, where it is known, and what is wrong in one line."""
    mark = getattr(error, "problem_mark", None)
    words = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return (mark.line + 1 if mark else None), " ".join(str(words).split())
