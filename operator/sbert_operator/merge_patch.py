"""Merge patches (RFC 7386): what a write has to say for a stored object to become another. Pure."""

from typing import Any

Patch = dict[str, Any]


def merge_patch(wanted: Patch, stored: Patch) -> Patch:
    """The merge patch that makes `stored` equal to `wanted`; empty if it is.

    What is stored and not wanted becomes null; lists are always sent whole, as a merge patch
    replaces them.
    """
    patch: Patch = {name: None for name in stored if name not in wanted}
    for name, value in wanted.items():
        old = stored.get(name)
        if isinstance(value, dict) and isinstance(old, dict):
            if inner := merge_patch(value, old):
                patch[name] = inner
        elif value != old:
            patch[name] = value
    return patch
