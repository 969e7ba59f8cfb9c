"""What a folder holds, for messages about what is not there. Bounded, and only plain names."""

import itertools
import os
import re
from pathlib import Path

_LOOKED_AT = 1000
_SHOWN = 5
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def nearby(folder: Path, suffix: str = "") -> str:
    """'there: a, b and 3 more', or that nothing is; at most a thousand names are looked at."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in itertools.islice(entries, _LOOKED_AT)]
    except OSError as error:
        return f"the folder cannot be listed: {error.strerror}"
    found = sorted(name for name in names if _PLAIN.fullmatch(name) and name.endswith(suffix))
    if not found:
        return "there is nothing of the kind"
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"there: {', '.join(found[:_SHOWN])}{more}"
