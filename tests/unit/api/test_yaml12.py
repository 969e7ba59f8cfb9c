"""YAML as kubectl reads it, and errors that name the line."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sbert_api import yaml12

TASK = """\
# a comment
kind: ConfigMap
---
---
kind: TrainingTask
spec:
  epochs: 3
  trainDatasetIds:
    - one
    - two
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2e-5", 2e-5),
        ("1.0", 1.0),
        ("3", 3),
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
        ("yes", True),
        ("'yes'", "yes"),
        ("null", None),
    ],
)
def test_a_scalar_is_what_kubectl_takes_it_for(text: str, value: object) -> None:
    assert yaml12.load_all(f"x: {text}") == [{"x": value}]


def test_empty_documents_are_left_out() -> None:
    assert [document["kind"] for document in yaml12.load_all(TASK)] == [
        "ConfigMap",
        "TrainingTask",
    ]
    assert yaml12.load_all("") == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 5),
        (("kind",), 5),
        (("spec",), 6),
        (("spec", "epochs"), 7),
        (("spec", "trainDatasetIds"), 8),
        (("spec", "trainDatasetIds", 1), 10),
        (("spec", "trainDatasetIds", 7), 8),
        (("spec", "seed"), 6),
        (("spec", "epochs", "deeper"), 7),
        (("status",), 5),
    ],
)
def test_a_document_knows_the_lines_of_its_parts(path: tuple[str | int, ...], line: int) -> None:
    document = yaml12.documents(TASK)[1]
    assert document.line(path) == line


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param("a: 1\nb: 2\na: 3", 3, "the key a is there twice", id="key twice"),
        pytest.param("a:\n  b: 1\n  b: 1", 3, "the key b is there twice", id="deeper"),
        pytest.param("a: {b: 1, b: 2}", 1, "the key b is there twice", id="in one line"),
        pytest.param("a: 1\n\tb: 2", 2, "found character '\\t'", id="tab"),
        pytest.param("a: [1, 2", 1, "expected ',' or ']'", id="open bracket"),
        pytest.param("a: *b", 1, "found undefined alias 'b'", id="alias"),
        pytest.param("a: \x01", None, "special characters are not allowed", id="control character"),
    ],
)
def test_an_error_says_where_and_what(text: str, line: int | None, words: str) -> None:
    with pytest.raises(yaml.YAMLError) as caught:
        yaml12.documents(text)
    found_line, found = yaml12.explain(caught.value)
    assert found_line == line
    assert words in found


def test_merged_keys_may_be_given_anew() -> None:
    text = "a: &a {x: 1}\nb: &b {<<: *a, x: 2}\nc: {<<: *b, x: 3}"
    (found,) = yaml12.load_all(text)
    assert found == {"a": {"x": 1}, "b": {"x": 2}, "c": {"x": 3}}


@pytest.mark.parametrize(
    "text", ["!!python/object/apply:pathlib.Path.touch [{}]", "!!python/name:os.system", "!x 1"]
)
def test_s27_nothing_is_built_but_plain_values(tmp_path: Path, text: str) -> None:
    with pytest.raises(yaml.YAMLError, match="could not determine a constructor"):
        yaml12.load_all(text.format(tmp_path / "canary"))
    assert not (tmp_path / "canary").exists()


def test_s27_an_alias_bomb_takes_no_memory() -> None:
    """Aliases share what they name: 10^9 entries on paper, ten lists in memory."""
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]
    (found,) = yaml12.load_all("\n".join(["l0: &l0 [x]", *levels]))
    bottom: Any = found["l9"]
    for _ in range(9):
        bottom = bottom[0]
    assert bottom == ["x"]
