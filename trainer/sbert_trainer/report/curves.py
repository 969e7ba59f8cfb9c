"""Curves of a training, in as many points as a picture can show. Numpy only."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_MOST_POINTS = 240
"""A picture is some 300 units wide."""
_SMOOTHED_SHARE = 0.05
"""Of the points, for a running mean: enough to see the direction behind the noise of batches."""

Numbers = NDArray[np.float64]


class Curve(NamedTuple):
    """Points of a curve: (points,) each."""

    x: Numbers
    y: Numbers


def condensed(curve: Curve) -> Curve:
    """At most 240 points, each the mean of its neighbours."""
    x, y = curve
    size = -(-len(x) // _MOST_POINTS)
    if size < 2:
        return Curve(x, y)
    starts = np.arange(0, len(x), size)
    counts = np.diff([*starts, len(x)])
    return Curve(np.add.reduceat(x, starts) / counts, np.add.reduceat(y, starts) / counts)


def smoothed(curve: Curve) -> Curve:
    """The running mean. Near the ends it reaches as far to one side as there is to the other."""
    half = round(len(curve.y) * _SMOOTHED_SHARE)
    place = np.arange(len(curve.y))
    reach = np.minimum(half, np.minimum(place, place[::-1]))
    sums = np.concatenate([[0.0], np.cumsum(curve.y)])
    means = (sums[place + reach + 1] - sums[place - reach]) / (2 * reach + 1)
    return Curve(curve.x, means)


def picked(curve: Curve) -> Curve:
    """At most 240 of the points as they are, the last one always."""
    every = -(-len(curve.x) // _MOST_POINTS)
    wanted = np.arange(len(curve.x))[::-1] % max(1, every) == 0
    return Curve(curve.x[wanted], curve.y[wanted])
