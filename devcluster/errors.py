"""The one exception that the dev cluster shows to people."""

from __future__ import annotations


class DevClusterError(Exception):
    """What was expected, what was found, what to do: one sentence or two for a person."""
