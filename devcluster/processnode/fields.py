"""Downward API field paths, environment variables and $(VAR) expansion.

Pure functions over a pod; they must never call the API (values come through `Lookup`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .api import Json

_SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]$")
_REFERENCE = re.compile(r"\$(\$|\(([A-Za-z_.\-][\w.\-]*)\))")
Lookup = Callable[[Json, str], str | None]
"""(reference of a configMapKeyRef or secretKeyRef, plural kind) -> value, None if optional."""


def field_value(pod: Json, path: str) -> str:
    """Return `metadata.name`, `status.podIP`, `metadata.labels['x']` and their like.

    The whole of labels or annotations is one `key="value"` line each, joined by newlines.
    """
    if match := _SUBSCRIPT.match(path):
        return str(pod["metadata"].get(match[1], {}).get(match[2], ""))
    value: Any = pod
    for step in path.split("."):
        value = value.get(step, "")
    if isinstance(value, dict):
        return "\n".join(f'{key}="{_quoted(text)}"' for key, text in sorted(value.items()))
    return str(value)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def expand(text: str, env: dict[str, str]) -> str:
    """Expand as Kubernetes does: $(NAME) if NAME is known, else left as it is; $$ is one dollar."""
    return _REFERENCE.sub(lambda m: "$" if m[1] == "$" else env.get(m[2], m[0]), text)


def environment(pod: Json, container: Json, base: dict[str, str], lookup: Lookup) -> dict[str, str]:
    """Return the container's environment: `base`, then its `env` in order.

    Raises ValueError for a source that the node does not support.
    """
    env = {**base, "HOSTNAME": pod["metadata"]["name"]}
    for entry in container.get("env", []):
        if "valueFrom" in entry:
            value = _value_from(pod, entry["valueFrom"], lookup)
        else:
            value = expand(entry.get("value", ""), env)
        if value is not None:
            env[entry["name"]] = value
    return env


def _value_from(pod: Json, source: Json, lookup: Lookup) -> str | None:
    if "fieldRef" in source:
        return field_value(pod, source["fieldRef"]["fieldPath"])
    for kind, plural in (("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")):
        if reference := source.get(kind):
            return lookup(reference, plural)
    raise ValueError(f"valueFrom {sorted(source)} is not supported by the process node")


def command(container: Json, entrypoint: list[str], env: dict[str, str]) -> list[str]:
    """Return the words to run: `command` replaces the image's entry point, `args` follows it."""
    words = [*(container.get("command") or entrypoint), *container.get("args", [])]
    return [expand(word, env) for word in words]
