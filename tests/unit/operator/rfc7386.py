"""A JSON merge patch applied, as RFC 7386 says."""

from typing import Any


def merged(stored: Any, patch: Any) -> Any:
    """`stored` with `patch` in it; null takes a field away, a list replaces the one before."""
    if not isinstance(patch, dict):
        return patch
    found = dict(stored) if isinstance(stored, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found
