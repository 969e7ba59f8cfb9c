"""Every row of the catalogue of bad input has its test, or says why it has none."""

import ast
from pathlib import Path

import pytest
import yaml

TESTS = Path(__file__).parents[1]
ROWS: dict[str, list[str] | str] = yaml.safe_load((TESTS / "bad_input_rows.yaml").read_text())
NAMED = sorted({test for tests in ROWS.values() if isinstance(tests, list) for test in tests})


def test_every_row_is_there() -> None:
    wanted = [f"S{n:02}" for n in range(1, 35)] + [f"C{n:02}" for n in range(1, 26)]
    assert list(ROWS) == wanted


@pytest.mark.parametrize("test", NAMED)
def test_the_test_of_a_row_is_there(test: str) -> None:
    file, _, function = test.partition("::")
    tree = ast.parse((TESTS / file).read_text())
    names = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert not function or function in names


def test_few_rows_have_none() -> None:
    assert {row for row, tests in ROWS.items() if isinstance(tests, str)} == {"S32", "C12", "C24"}
