"""What is wrong with a task that a person wrote: what the API server would refuse. Pure.

The cluster's own rules about resources are left out.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import ValidationError

from sbert_api import names
from sbert_api.crd import build_crd
from sbert_api.kinds import Kind
from sbert_trainer.forms import Form, Spec
from sbert_trainer.validation.ids import TASK_NAME_LENGTH, is_task_name

_SHOWN_LENGTH = 60


class Fault(NamedTuple):
    """One thing that is wrong."""

    place: tuple[str | int, ...]
    """Keys and indices that lead there."""
    words: str
    """What was expected, and what was found."""

    def __str__(self) -> str:
        """`spec.trainDatasetIds[0]: …`."""
        parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.place]
        return f"{''.join(parts).removeprefix('.')}: {self.words}"


def check_task(task: Mapping[str, Any], form: Form[Spec]) -> tuple[Spec | None, list[Fault]]:
    """The spec of `task`, a document of the form's kind, and all its faults; None if any is in a
    field of the spec."""
    faults = [*_faults_of_version(task), *_faults_of_name(task)]
    found = task.get("spec")
    if not isinstance(found, dict):
        return None, [*faults, Fault(("spec",), "expected a mapping of fields")]
    # As the API server does: null for a field is as if it were not there.
    fields = {key: value for key, value in found.items() if value is not None}
    try:
        spec = form.spec.model_validate(fields, extra="forbid")
    except ValidationError as error:
        return None, [*faults, *_faults_of_fields(form.kind, fields, error)]
    broken = [Fault(("spec", field), words) for field, words in form.broken_rules(spec)]
    return spec, [*faults, *broken]


def _faults_of_version(task: Mapping[str, Any]) -> list[Fault]:
    found = task.get("apiVersion")
    if found == names.API_VERSION:
        return []
    return [Fault(("apiVersion",), f"expected {names.API_VERSION}, found {_shown(found)}")]


def _faults_of_name(task: Mapping[str, Any]) -> list[Fault]:
    metadata = task.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if isinstance(name, str) and is_task_name(name):
        return []
    words = f"expected at most {TASK_NAME_LENGTH} lower-case letters, digits, '-' and '.'"
    return [Fault(("metadata", "name"), f"{words}, found {_shown(name)}")]


def _faults_of_fields(kind: Kind, fields: dict[str, Any], error: ValidationError) -> list[Fault]:
    """One fault for each place: the choices of a union each have an error of their own."""
    by_place: dict[tuple[str | int, ...], Fault] = {}
    for one in error.errors(include_url=False):
        place = one["loc"] if one["type"] == "missing" else _within(fields, one["loc"])
        if one["type"] == "extra_forbidden":
            words = _unknown(kind, place)
        else:
            words = _words(one["type"], one["msg"], one["input"])
        by_place.setdefault(place, Fault(("spec", *place), words))
    return list(by_place.values())


def _within(value: Any, place: tuple[str | int, ...]) -> tuple[str | int, ...]:  # noqa: ANN401
    """`place` up to where the data end: behind it pydantic names types."""
    for depth, part in enumerate(place):
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return place[:depth]
    return place


def _unknown(kind: Kind, place: tuple[str | int, ...]) -> str:
    near = get_close_matches(str(place[-1]), _fields_at(kind, place[:-1]), n=1)
    return f"unknown field, did you mean {near[0]}?" if near else "unknown field"


def _words(fault: str, message: str, found: object) -> str:
    if fault == "missing":
        return "is missing"
    shown = _shown(found)
    words = message.removeprefix("Value error, ").replace("Input should be", "expected", 1)
    return f"{words}, found {shown}" if shown else words


def _fields_at(kind: Kind, place: tuple[str | int, ...]) -> list[str]:
    """The names of the fields that there are at a place of the spec."""
    version = build_crd(kind)["spec"]["versions"][0]
    schema = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    for part in place:
        inner = schema.get("properties", {}).get(part)
        schema = inner or schema.get("items") or schema.get("additionalProperties") or {}
    return list(schema.get("properties", {}))


def _shown(found: object) -> str:
    """A plain value as Python writes it; nothing for a part that could be large."""
    if found is None:
        return "nothing"
    text = repr(found) if isinstance(found, str | int | float) else ""
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"
