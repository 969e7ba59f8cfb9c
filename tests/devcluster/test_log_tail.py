"""Where the last lines of a log begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devcluster.processnode.logs import tail_offset

if TYPE_CHECKING:
    from pathlib import Path

LONG = b"x" * 100_000  # longer than the block that is read at once


@pytest.mark.parametrize(
    ("log", "lines", "tail"),
    [
        pytest.param(b"", 5, b"", id="empty log"),
        pytest.param(b"a\nb\nc\n", 0, b"", id="no line"),
        pytest.param(b"a\nb\nc\n", 2, b"b\nc\n", id="two lines"),
        pytest.param(b"a\nb\nc", 2, b"b\nc", id="last line without its end"),
        pytest.param(b"a\nb\n", 9, b"a\nb\n", id="more than there are"),
        pytest.param(b"\n\n\n", 2, b"\n\n", id="empty lines"),
        pytest.param(b"a\n" + LONG + b"\n" + LONG + b"\n", 1, LONG + b"\n", id="long line"),
        pytest.param(b"a\n" * 50_000, 40_000, b"a\n" * 40_000, id="many blocks"),
    ],
)
def test_tail(tmp_path: Path, log: bytes, lines: int, tail: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(log)
    assert log[tail_offset(path, lines) :] == tail
