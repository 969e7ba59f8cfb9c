"""The tables of docs/evaluation.md, from what `study_rows` wrote; the text is by hand."""

import json
import re
from pathlib import Path
from typing import Any

from benchmarks.page_trainer import row

_MARKED = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def with_tables(text: str, results: Path) -> str:
    """`text`, in which each marked table is the one of the results."""
    found = json.loads(results.read_text())
    tables = {"rows": _rows(found["rows"]), "coverage": _coverage(found["coverage"])}
    return _MARKED.sub(lambda place: f"{place[1]}{tables[place[2]]}\n{place[3]}", text)


def _rows(found: list[dict[str, Any]]) -> str:
    """A line for each gain, a column for each share of rows that change sides."""
    shares = sorted({one["changed"] for one in found})
    needed = {(one["gain"], one["changed"]): one["rows"] for one in found}
    gains = sorted({one["gain"] for one in found})
    return "\n".join(
        [
            row("gain", *(f"{share:.0%} of rows change" for share in shares)),
            "|---|" + "---|" * len(shares),
            *(row(f"{gain:g}", *(needed.get((gain, s), "-") for s in shares)) for gain in gains),
        ]
    )


def _coverage(found: list[dict[str, Any]]) -> str:
    names = [name for name in found[0] if name != "rows"]
    return "\n".join(
        [
            row("rows", *names),
            "|---|" + "---|" * len(names),
            *(row(one["rows"], *(f"{one[name]:.1%}" for name in names)) for one in found),
        ]
    )
