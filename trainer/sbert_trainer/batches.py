"""Puts rows into batches in which no row's answer is a wrong answer for another. Pure, torch-free.

The ranking losses take the positives and negatives of the other rows of a batch for wrong answers.
That would be false of the answer to the own question and of a text that is the own question or
positive. So a row's question and positive are in no other row of its batch; rows that only have a
negative in common may meet. The plan depends on the rows alone, so that all epochs have as many
batches; `mixed` exchanges the rows anew for each epoch.
"""

import random
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from math import ceil

from sbert_api.v1alpha1.training_task import Loss

Texts = Sequence[Hashable]
"""Question, positive and negative of a row, or whatever stands for them."""
Batches = list[list[int]]
"""Indices of rows by batch; each row is in exactly one."""


def keeps_texts_apart(loss: Loss) -> bool:
    """Whether batches for `loss` must be planned; TripletLoss looks at each row alone."""
    return loss != "TripletLoss"


def plan_batches(rows: Sequence[Texts], size: int) -> Batches:
    """Few batches of at most `size` rows, all about equally large.

    A question or positive of many rows needs as many batches. The other rows are spread over those
    evenly: a large batch beside many of one row would train mostly on the rows with that text.
    """
    batches = _first_fit(rows, size)
    even = ceil(len(rows) / len(batches))
    return batches if even == size else _first_fit(rows, even)


def _first_fit(rows: Sequence[Texts], size: int) -> Batches:
    """Each row goes to the first batch with room behind all that it must not be in."""
    batches: Batches = []
    with_room: list[int] = []
    behind_claims: defaultdict[Hashable, int] = defaultdict(int)
    behind_all: defaultdict[Hashable, int] = defaultdict(int)
    for row in _most_wanted_first(rows):
        *claims, negative = rows[row]
        first = max(behind_claims[negative], *(behind_all[text] for text in claims))
        place = bisect_left(with_room, first)
        if place == len(with_room):
            with_room.append(len(batches))
            batches.append([])
        number = with_room[place]
        batches[number].append(row)
        if len(batches[number]) == size:
            del with_room[place]
        for text in claims:
            behind_claims[text] = behind_all[text] = number + 1
        behind_all[negative] = max(behind_all[negative], number + 1)
    return batches


def _most_wanted_first(rows: Sequence[Texts]) -> list[int]:
    """Rows by how many batches their question or positive still needs behind theirs, then by how
    many rows still follow that share a text.

    Otherwise in any order but the file's, where a row may share a text with the next one, that one
    with the next, and so on: each would need a batch of its own behind the last.
    """
    order = list(range(len(rows)))
    random.Random(0).shuffle(order)  # noqa: S311 - reproducible, not secret
    negatives = {negative for *_, negative in rows}
    following: Counter[Hashable] = Counter()
    sharing: Counter[Hashable] = Counter()
    wanted = [(0, 0)] * len(rows)
    for row in reversed(order):
        *claims, _ = rows[row]
        following.update(claims)
        sharing.update(rows[row])
        wanted[row] = (
            max(following[text] + (text in negatives) for text in claims),
            max(sharing[text] for text in rows[row]),
        )
    return sorted(order, key=wanted.__getitem__, reverse=True)


class _Company:
    """The texts of a batch's rows."""

    def __init__(self, rows: Iterable[Texts]) -> None:
        self._claimed: set[Hashable] = set()
        self._negatives: Counter[Hashable] = Counter()
        for row in rows:
            self.add(row)

    def suits(self, row: Texts) -> bool:
        """Whether `row` may be added."""
        *claims, negative = row
        return (
            negative not in self._claimed
            and self._claimed.isdisjoint(claims)
            and not any(self._negatives[text] for text in claims)
        )

    def add(self, row: Texts) -> None:
        *claims, negative = row
        self._claimed.update(claims)
        self._negatives[negative] += 1

    def remove(self, row: Texts) -> None:
        *claims, negative = row
        self._claimed.difference_update(claims)
        self._negatives[negative] -= 1


def mixed(batches: Batches, rows: Sequence[Texts], rng: random.Random) -> Batches:
    """The same number of batches of the same sizes, with rows exchanged at random.

    A Fisher-Yates shuffle (https://en.wikipedia.org/wiki/Fisher-Yates_shuffle) that leaves out the
    exchanges by which rows would meet that must not.
    """
    order = [row for batch in batches for row in batch]
    batch_of = [number for number, batch in enumerate(batches) for _ in batch]
    companies = [_Company(rows[row] for row in batch) for batch in batches]
    for one in reversed(range(len(order))):
        other = rng.randrange(one + 1)
        here, there = companies[batch_of[one]], companies[batch_of[other]]
        mine, yours = rows[order[one]], rows[order[other]]
        here.remove(mine)
        there.remove(yours)
        if here.suits(yours) and there.suits(mine):
            order[one], order[other] = order[other], order[one]
            mine, yours = yours, mine
        here.add(mine)
        there.add(yours)
    result: Batches = [[] for _ in batches]
    for row, number in zip(order, batch_of, strict=True):
        result[number].append(row)
    rng.shuffle(result)
    return result
