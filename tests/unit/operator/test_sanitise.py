"""Other people's text is made fit to be shown."""

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbert_operator import sanitise
from sbert_operator.logs import JsonFormatter


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("  two \n lines\t", "two lines"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("a\x00b\x7fc", "abc"),
        ("\u202egnp.exe", "gnp.exe"),
        ("zero\u200bwidth", "zerowidth"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("Größe 模型", "Größe 模型"),
        ("", ""),
    ],
    ids=ascii,
)
def test_one_line_without_control_characters(text: str, line: str) -> None:
    assert sanitise.one_line(text) == line


@given(st.text(), st.integers(1, 50))
def test_a_line_is_never_longer_than_asked_for(text: str, length: int) -> None:
    line = sanitise.one_line(text, length)
    assert len(line) <= length
    assert "\n" not in line


def test_what_is_cut_says_so() -> None:
    assert sanitise.one_line("x" * 20, 10) == "x" * 9 + "…"


def test_the_last_lines_are_the_last_that_say_something() -> None:
    assert sanitise.last_lines("a\n\n b \n\t\nc\n", 2) == ["b", "c"]


def test_a_log_line_is_one_line_of_json() -> None:
    record = logging.LogRecord("n", logging.WARNING, "f", 1, "task %s\nforged", ("x",), None)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"] == "task x forged"


def test_a_traceback_is_part_of_the_line() -> None:
    with pytest.raises(ValueError, match="boom") as caught:
        int("boom")
    info = (caught.type, caught.value, caught.tb)
    record = logging.LogRecord("n", logging.ERROR, "f", 1, "m", (), info)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert "ValueError: invalid literal" in json.loads(line)["exception"]
