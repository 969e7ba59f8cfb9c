"""docs/api.md: every field of both kinds, from the schemas that the API server has."""

import json
from collections.abc import Iterator
from typing import Any

from sbert_api import crd, names
from sbert_api.kinds import KINDS, Kind

Schema = dict[str, Any]
_HEAD = f"""\
<!-- Generated from api/sbert_api by `make generate`. Do not edit. -->
# API reference

Group `{names.GROUP}`, version `{names.VERSION}`. The same text is in the cluster:
`kubectl explain tt.spec --recursive`. What a bound refuses is refused by the API server, with the
field's name. Only the operator writes a status.
"""


def api_page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(line for kind in KINDS for line in _kind_lines(kind))])


def _kind_lines(kind: Kind) -> list[str]:
    version = crd.build_crd(kind)["spec"]["versions"][0]
    schema: Schema = version["schema"]["openAPIV3Schema"]
    lines = [f"## {kind.name}", "", schema.get("description", ""), ""]
    for part in ("spec", "status"):
        lines += [f"### {kind.name} {part}", "", "| field | type | bounds | |", "|---|---|---|---|"]
        lines += [_row(path, one, needed=n) for path, one, n in _fields(schema["properties"][part])]
        lines.append("")
        lines += _rules(schema["properties"][part])
    return lines


def _fields(schema: Schema, prefix: str = "") -> Iterator[tuple[str, Schema, bool]]:
    """Each field with its path, also of objects in lists and maps; and whether it must be there."""
    needed = schema.get("required", [])
    for name, part in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield path, part, name in needed
        inner = part.get("items") or part.get("additionalProperties") or part
        suffix = "[]." if "items" in part else "."
        if isinstance(inner, dict) and inner.get("properties"):
            yield from _fields(inner, path + suffix)


def _row(path: str, part: Schema, *, needed: bool) -> str:
    words = part.get("description", "")
    kind = _type(part) + (", required" if needed else "")
    cells = [f"`{path}`", kind, ", ".join(_bounds(part)), words.removeprefix(_own_name(path))]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _own_name(path: str) -> str:
    """Descriptions begin with the field's name, which stands in the row already."""
    return path.rsplit(".", 1)[-1] + ": "


def _type(part: Schema) -> str:
    if "enum" in part:
        return " or ".join(f"`{value}`" for value in part["enum"])
    if part.get("type") == "array":
        return f"list of {_type(part['items'])}"
    if part.get("x-kubernetes-int-or-string"):
        return "integer or string"
    return str(part.get("type", ""))


def _bounds(part: Schema) -> Iterator[str]:
    """Bounds in words. A pattern is left to kubectl explain."""
    low, high = part.get("minimum"), part.get("maximum")
    if low is not None:
        yield f"{'>' if part.get('exclusiveMinimum') else '≥'} {_number(low)}"
    if high is not None:
        yield f"≤ {_number(high)}"
    for key, unit in (
        ("maxLength", "characters"),
        ("maxItems", "items"),
        ("maxProperties", "keys"),
    ):
        if key in part:
            yield f"≤ {part[key]} {unit}"


def _number(value: float) -> str:
    return json.dumps(value)


def _rules(schema: Schema) -> list[str]:
    """What fields must be to each other."""
    found = schema.get("x-kubernetes-validations", [])
    return [*(f"* {rule['message']}" for rule in found), ""] if found else []
