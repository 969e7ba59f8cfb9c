"""Runs Argo CD's scripts in a Lua that has no more than Argo CD's own."""

from pathlib import Path
from typing import Any

from lupa.lua51 import LuaRuntime  # type: ignore[import-untyped]

from devcluster.cluster import Json

NOT_THERE = "io package dofile loadfile load loadstring debug python string math".split()
"""Argo CD opens neither string nor math, and nothing that reaches outside."""


def run(script: Path | str, obj: Json) -> Any:
    """What a script returns for an object, as Python's own."""
    lua = LuaRuntime(unpack_returned_tuples=True, register_eval=False, register_builtins=False)
    for name in NOT_THERE:
        lua.globals()[name] = None
    lua.globals()["obj"] = lua.table_from(obj, recursive=True)
    return as_python(lua.execute(script.read_text() if isinstance(script, Path) else script))


def as_python(value: Any) -> Any:
    if not hasattr(value, "items"):
        return value
    found = {key: as_python(part) for key, part in value.items()}
    return list(found.values()) if found and all(isinstance(key, int) for key in found) else found
