"""The example handbook is what its README says: valid triplets, no leak, hard negatives."""

import json
import re
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "examples" / "data"
TRAINING = "handbook.jsonl"
VALIDATION = "handbook-validation.jsonl"
COLUMNS = ["question", "positive", "negative"]
FUNCTION_WORDS = frozenset(
    "a about after all an and any are as at be before but by can do does for from has have how i "
    "if in into is it its may me my no not of on one only or our out than that the their them "
    "then there they this to up was we what when where which who whom why will with without you "
    "your".split()
)

Row = dict[str, str]


def rows_of(name: str) -> list[Row]:
    """The rows of one example file, in file order."""
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def normalised(text: str) -> str:
    """The text without differences in case and white space."""
    return " ".join(text.casefold().split())


def texts_of(name: str) -> set[str]:
    """Every normalised text of one example file, whatever its column."""
    return {normalised(text) for row in rows_of(name) for text in row.values()}


def stems_of(text: str) -> set[str]:
    """The first five letters of each content word: `badge` and `badges` count as one."""
    words = re.findall(r"[a-z]+", text.casefold())
    return {word[:5] for word in words if word not in FUNCTION_WORDS}


def shares_vocabulary(row: Row) -> bool:
    """Whether the negative has a content word of the question, or two of the positive."""
    negative = stems_of(row["negative"])
    in_question = negative & stems_of(row["question"])
    in_positive = negative & stems_of(row["positive"])
    return bool(in_question) or len(in_positive) >= 2


both_files = pytest.mark.parametrize("name", [TRAINING, VALIDATION])


@both_files
def test_every_row_has_exactly_the_three_columns_in_order(name: str) -> None:
    assert all(list(row) == COLUMNS for row in rows_of(name))


@both_files
def test_no_text_is_blank_or_padded(name: str) -> None:
    assert [t for row in rows_of(name) for t in row.values() if not t or t != t.strip()] == []


@both_files
def test_a_positive_is_never_its_own_negative(name: str) -> None:
    assert all(normalised(row["positive"]) != normalised(row["negative"]) for row in rows_of(name))


@pytest.mark.parametrize(("name", "at_least"), [(TRAINING, 360), (VALIDATION, 60)])
def test_a_file_has_enough_rows(name: str, at_least: int) -> None:
    assert len(rows_of(name)) >= at_least


@both_files
@pytest.mark.parametrize("column", ["question", "positive"])
def test_no_question_and_no_positive_stands_twice(name: str, column: str) -> None:
    texts = [normalised(row[column]) for row in rows_of(name)]
    assert len(set(texts)) == len(texts)


def test_training_and_validation_share_no_text() -> None:
    assert texts_of(TRAINING) & texts_of(VALIDATION) == set()


@both_files
def test_passages_are_short_enough_for_training_on_a_laptop(name: str) -> None:
    passages = [row[column] for row in rows_of(name) for column in ("positive", "negative")]
    assert max(len(passage.split()) for passage in passages) <= 60


@both_files
def test_negatives_share_words_with_their_row_in_at_least_nine_rows_of_ten(name: str) -> None:
    hard = [shares_vocabulary(row) for row in rows_of(name)]
    assert sum(hard) >= 0.9 * len(hard)
