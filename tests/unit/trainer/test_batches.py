"""Batches for the losses that take the answers of the other rows for wrong ones."""

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbert_trainer.batches import Batches, Texts, mixed, plan_batches

Rows = list[Texts]


def alone(number: int) -> Texts:
    """A row whose texts no other row has."""
    return (f"q{number}", f"p{number}", f"n{number}")


def asking(question: str, numbers: range) -> Rows:
    """Rows with a common question."""
    return [(question, f"p{number}", f"n{number}") for number in numbers]


# Rows, batch size, and the batches that there must be: as many as the most common question or
# positive has rows, or as all rows fill.
TABLE: dict[str, tuple[Rows, int, int]] = {
    "no duplicates": ([alone(n) for n in range(81)], 8, 11),
    "one row": ([alone(1)], 8, 1),
    "fewer rows than a batch": ([alone(n) for n in range(5)], 65536, 1),
    "batches of one": ([alone(n) for n in range(5)], 1, 5),
    "five common questions": ([(f"q{n % 5}", f"p{n}", f"n{n}") for n in range(100)], 16, 20),
    "six common questions, sorted": (
        [(f"q{n // 20}", f"p{n}", f"n{n}") for n in range(120)],
        5,
        24,
    ),
    "one common question among others": (
        [*asking("q", range(20)), *(alone(n) for n in range(20, 100))],
        16,
        20,
    ),
    "a common positive": ([(f"q{n}", "p", f"n{n}") for n in range(12)], 4, 12),
    "a common negative": ([(f"q{n}", f"p{n}", "n") for n in range(12)], 4, 3),
    "a common negative that is one's positive": (
        [*((f"q{n}", f"p{n}", "t") for n in range(12)), ("q", "t", "n")],
        4,
        4,
    ),
    "a common negative that is a common question": (
        [*((f"q{n}", f"p{n}", "t") for n in range(12)), *asking("t", range(20, 23))],
        3,
        7,
    ),
    "few negatives": ([(f"q{n}", f"p{n}", f"n{n % 6}") for n in range(60)], 4, 15),
    "one's positive is the next one's negative": (
        [(f"q{n}", f"t{n}", f"t{(n + 1) % 40}") for n in range(40)],
        8,
        5,
    ),
    "a question that is its own negative": ([("t", f"p{n}", "t") for n in range(3)], 8, 3),
    "identical rows": ([alone(1)] * 9, 8, 9),
}


def check(rows: Rows, size: int, batches: Batches) -> None:
    """Every row once, no batch too large, no question or positive in another row of its batch."""
    assert sorted(row for batch in batches for row in batch) == list(range(len(rows)))
    for batch in batches:
        assert 0 < len(batch) <= size
        for one, other in combinations([rows[row] for row in batch], 2):
            assert set(one).isdisjoint(other[:2])
            assert set(other).isdisjoint(one[:2])


@pytest.mark.parametrize(("rows", "size", "count"), TABLE.values(), ids=TABLE)
def test_every_row_is_seen_once_in_each_epoch(rows: Rows, size: int, count: int) -> None:
    plan = plan_batches(rows, size)
    assert len(plan) == count
    check(rows, size, plan)
    for epoch in range(3):
        batches = mixed(plan, rows, random.Random(epoch))
        assert len(batches) == count
        check(rows, size, batches)


@given(
    st.lists(st.tuples(*[st.sampled_from("abcdefghijkl")] * 3), min_size=1),
    st.integers(min_value=1, max_value=9),
    st.integers(),
)
def test_the_rules_hold_for_any_rows(rows: Rows, size: int, seed: int) -> None:
    plan = plan_batches(rows, size)
    check(rows, size, plan)
    batches = mixed(plan, rows, random.Random(seed))
    assert sorted(map(len, batches)) == sorted(map(len, plan))
    check(rows, size, batches)


def test_the_rows_beside_a_common_text_are_spread_evenly() -> None:
    rows, size, _ = TABLE["one common question among others"]
    assert {len(batch) for batch in plan_batches(rows, size)} == {5}


def test_each_epoch_mixes_anew_and_the_same_seed_the_same() -> None:
    rows = [alone(n) for n in range(64)]
    plan = plan_batches(rows, 8)
    first, second = (mixed(plan, rows, random.Random(seed)) for seed in (0, 1))
    assert first == mixed(plan, rows, random.Random(0))
    together = {frozenset(batch) for batch in first}
    assert not together & {frozenset(batch) for batch in second}
    assert not together & {frozenset(batch) for batch in plan}


def test_rows_of_common_questions_change_their_company_too() -> None:
    rows, size, _ = TABLE["five common questions"]
    plan = plan_batches(rows, size)
    before = {frozenset(batch) for batch in plan}
    after = {frozenset(batch) for batch in mixed(plan, rows, random.Random(0))}
    assert len(after - before) > len(plan) / 2
