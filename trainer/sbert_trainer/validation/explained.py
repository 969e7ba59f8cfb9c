"""Says what is wrong with one line of a dataset. Slow and thorough; not used for plain rows."""

import json
import re
from typing import Any, NoReturn

from sbert_trainer.validation.faults import COLUMNS, FaultError

_MAX_DEPTH = 32
_SHOWN_COLUMNS = 5
_KINDS = {dict: "an object", list: "an array", float: "a number", bool: "a boolean"}
_AN_OBJECT = '{"question": "…", "positive": "…", "negative": "…"}'
_SURROGATE = re.compile("[\ud800-\udfff]")
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|$)|[\[\]{}]', re.DOTALL)
_COMMENT = re.compile(r"//|/\*|#")


def explained_row(line: bytes) -> tuple[dict[str, str], tuple[str, ...]]:
    """The three texts by column, and the names of the other columns. Raises FaultError."""
    text = _decoded(line)
    _check_depth(text)
    row = _parsed(text)
    if not isinstance(row, dict):
        raise FaultError(
            f"found {_kind(row)}", f"one object: {_AN_OBJECT}", "write each row as an object"
        )
    for column in COLUMNS:
        _check_text(column, row)
    if row["positive"] == row["negative"]:
        raise FaultError(
            "found the same text as in 'positive'",
            "a text that does not answer the question",
            "write another or remove the row",
            place="negative",
        )
    return row, tuple(name for name in row if name not in COLUMNS)


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise FaultError(
            f"found 0x{line[error.start]:02x}, which is not UTF-8",
            "text in UTF-8",
            "save the file as UTF-8",
            place=f"byte {error.start + 1}",
        ) from error


def _check_depth(text: str) -> None:
    """Refuse deep nesting before a parser recurses into it: that has crashed parsers."""
    if text.count("[") + text.count("{") <= _MAX_DEPTH:
        return
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth > _MAX_DEPTH:
                raise FaultError(
                    f"found nesting deeper than {_MAX_DEPTH}",
                    _AN_OBJECT,
                    "leave nested columns out",
                )
        elif found[0] in "]}":
            depth -= 1


def _parsed(text: str) -> object:
    try:
        # Numbers are only named, never used; float() takes 5,000 digits where int() refuses.
        return json.loads(
            text, object_pairs_hook=_once_each, parse_int=float, parse_constant=_no_constant
        )
    except json.JSONDecodeError as error:
        raise _syntax(text, error) from error


def _syntax(text: str, error: json.JSONDecodeError) -> FaultError:
    place = f"character {error.pos + 1}"
    if error.pos >= len(text) or error.msg.startswith("Unterminated string"):
        return FaultError(
            "found the line's end inside the row",
            _AN_OBJECT,
            "complete the row or remove it",
            place=f"character {len(text) + 1}",
        )
    if error.msg.startswith("Invalid control character"):
        return FaultError(
            "found a raw control character",
            f"it written as \\u{ord(text[error.pos]):04x}",
            "write the file with a JSON library",
            place=place,
        )
    if error.msg == "Extra data" and not _COMMENT.match(text, error.pos):
        return FaultError(
            "found more after the first value",
            "one object in each line",
            "put each object into a line of its own: jq -c . old.jsonl > new.jsonl",
            place=place,
        )
    found = f"found {text[error.pos]!r}, which is no JSON there"
    return FaultError(found, _AN_OBJECT, _advice(text, error.pos), place=place)


def _advice(text: str, position: int) -> str:
    if text[position] == "'":
        return "write double quotes"
    if _COMMENT.match(text, position):
        return "remove the comment"
    if text[position] in "}," and text[:position].rstrip().endswith(","):
        return "remove the comma before it"
    return "write the file with a JSON library"


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, value in pairs:
        if name in row:
            place = name if name in COLUMNS else _shown(name)
            raise FaultError("found twice", "each column once", "remove one", place=place)
        row[name] = value
    return row


def _no_constant(word: str) -> NoReturn:
    raise FaultError(f"found {word}, which is not JSON", _AN_OBJECT, "leave that column out")


def _check_text(column: str, row: dict[str, Any]) -> None:
    if column not in row:
        raise _missing(column, list(row))
    value = row[column]
    if not isinstance(value, str):
        what, advice = f"found {_kind(value)}", "write a text or remove the row"
    elif not value:
        what, advice = "found an empty text", "write one or remove the row"
    elif value.isspace():
        what, advice = "found only white space", "write a text or remove the row"
    elif "\0" in value:
        what, advice = "found the character NUL in the text", "remove that character"
    elif _SURROGATE.search(value):
        what, advice = "found half a surrogate pair", "write the whole character, or remove it"
    else:
        return
    raise FaultError(what, "a text", advice, place=column)


def _missing(column: str, names: list[str]) -> FaultError:
    for name in names:
        if name.strip().lower() == column:
            return FaultError(
                "missing", "a text", f"rename the column {_shown(name)}", place=column
            )
    there = ", ".join(map(_shown, names[:_SHOWN_COLUMNS]))
    more = ", …" if len(names) > _SHOWN_COLUMNS else ""
    what = f"missing beside {there}{more}" if names else "missing in an empty object"
    return FaultError(what, "a text", "add the column", place=column)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return "a text" if isinstance(value, str) else _KINDS[type(value)]


def _shown(name: str) -> str:
    return repr(name[:40])
