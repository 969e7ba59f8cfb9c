"""The split into training and validation rows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbert_trainer.errors import DatasetValidationError
from sbert_trainer.split import linked_groups, split_rows
from sbert_trainer.validation.rows import Triplet
from tests.unit.trainer.builders import a_triplet

texts = st.sampled_from("abcdefghij")
triplets = st.builds(Triplet, question=texts, positive=texts, negative=texts)


def pairs_of(rows: list[Triplet]) -> list[tuple[str, str]]:
    return [(row.question, row.positive) for row in rows]


def texts_of(rows: list[Triplet]) -> set[str]:
    return {text for row in rows for text in (row.question, row.positive)}


@settings(max_examples=200, deadline=None)
@given(st.lists(triplets, min_size=1, max_size=40), st.integers(0, 99), st.floats(0.01, 0.5))
def test_no_text_is_on_both_sides_and_no_row_is_lost(
    rows: list[Triplet], seed: int, fraction: float
) -> None:
    try:
        training, validation, _ = split_rows(rows, fraction, seed)
    except DatasetValidationError:
        assert len(linked_groups(pairs_of(rows))) == 1
        return
    assert training
    assert validation
    assert sorted(map(str, training + validation)) == sorted(map(str, rows))
    assert not texts_of(training) & texts_of(validation)


def test_rows_are_linked_through_other_rows() -> None:
    rows = [
        a_triplet(1, question="A", positive="P"),
        a_triplet(2, question="B", positive="Q"),
        a_triplet(3, question="B", positive="P"),
        a_triplet(4),
    ]
    assert linked_groups(pairs_of(rows)) == [[0, 1, 2], [3]]


def test_ten_percent_of_unlinked_rows_are_split_off() -> None:
    training, validation, _ = split_rows([a_triplet(n) for n in range(1000)], 0.1, seed=42)
    assert (len(training), len(validation)) == (900, 100)


def test_the_seed_decides_which_rows() -> None:
    rows = [a_triplet(n) for n in range(100)]
    assert split_rows(rows, 0.1, seed=1) == split_rows(rows, 0.1, seed=1)
    assert split_rows(rows, 0.1, seed=1) != split_rows(rows, 0.1, seed=2)


def test_two_rows_give_one_for_each_side() -> None:
    training, validation, _ = split_rows([a_triplet(1), a_triplet(2)], 0.1, seed=42)
    assert (len(training), len(validation)) == (1, 1)


def test_a_group_larger_than_the_share_is_not_taken_while_a_smaller_one_fits() -> None:
    rows = [a_triplet(n, question="shared") for n in range(50)]
    rows += [a_triplet(n) for n in range(50, 100)]
    _, validation, _ = split_rows(rows, 0.1, seed=42)
    assert len(validation) == 10
    assert all(row.question != "shared" for row in validation)


@pytest.mark.parametrize("count", [1, 5])
def test_rows_that_all_hang_together_cannot_be_split(count: int) -> None:
    with pytest.raises(DatasetValidationError) as caught:
        split_rows([a_triplet(n, question="the same") for n in range(count)], 0.1, seed=42)
    assert caught.value.message == (
        f"found {count} rows that all hang together by shared questions or positives, expected at"
        " least two groups, one to train on and one for validation"
    )
    assert "valDatasetId" in caught.value.hint
