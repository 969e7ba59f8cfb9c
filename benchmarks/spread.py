"""Repeated figures: the median and how far they spread."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Spread:
    """The median, the smallest and the largest of some figures."""

    median: float
    low: float
    high: float

    def as_json(self) -> dict[str, Any]:
        """As it stands in the results."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{short(self.median)} ({short(self.low)} to {short(self.high)})"


def spread(figures: Sequence[float]) -> Spread:
    """Of at least one figure."""
    return Spread(median(figures), min(figures), max(figures))


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """ours / theirs, pair by pair: both of a pair were measured one right after the other."""
    return spread([one / other for one, other in zip(ours, theirs, strict=True)])


def short(figure: float) -> str:
    """Three significant digits, without an exponent for what is shown here."""
    return f"{figure:.0f}" if figure >= 100 else f"{figure:.3g}"
