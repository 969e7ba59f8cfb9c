"""The rows of the report's table of scores."""

from typing import NamedTuple

from sbert_api.v1alpha1.scores import Interval
from sbert_trainer.manifest import Intervals
from sbert_trainer.metric_words import known_scores, number, signed, verdict

_DIGITS = 3
_LEFT, _RIGHT = 4.0, 116.0
"""Where 0 and 1 are in a picture that is 120 wide."""


class Shown(NamedTuple):
    """A number and the ends of its interval."""

    value: str
    ends: str


class Mark(NamedTuple):
    """Where a score and the ends of its interval are in the row's picture."""

    at: str
    low: str
    high: str


class ScoreRow(NamedTuple):
    """One score of both models, and the gain; of a model alone there is neither before nor gain."""

    title: str
    meaning: str
    before: Shown | None
    after: Shown
    gain: Shown | None
    verdict: str
    """Empty for a score of which more is not better."""
    before_mark: Mark | None
    after_mark: Mark | None
    """None for a score that does not fit a picture from 0 to 1."""


def score_rows(intervals: Intervals) -> list[ScoreRow]:
    """A row for each score that all sides have."""
    rows = []
    for name, words in known_scores(intervals.values()):
        before, gain = (intervals.get(side, {}).get(name) for side in ("base", "gain"))
        after = intervals["trained"][name]
        rows.append(
            ScoreRow(
                words.title,
                words.meaning,
                _shown(before) if before else None,
                _shown(after),
                _shown(gain)._replace(value=signed(gain.value, _DIGITS)) if gain else None,
                verdict(gain) if gain and words.decides else "",
                _mark(before) if before and words.drawn else None,
                _mark(after) if words.drawn else None,
            )
        )
    return rows


def _shown(interval: Interval) -> Shown:
    ends = f"{number(interval.low, _DIGITS)} to {number(interval.high, _DIGITS)}"
    return Shown(number(interval.value, _DIGITS), ends)


def _mark(interval: Interval) -> Mark:
    return Mark(*(_place(value) for value in (interval.value, interval.low, interval.high)))


def _place(value: float) -> str:
    share = min(max(value, 0.0), 1.0)
    return f"{_LEFT + share * (_RIGHT - _LEFT):.1f}"
