"""Curves for pictures, against plain loops."""

import numpy as np
import pytest

from sbert_trainer.report.curves import Curve, condensed, picked, smoothed

RANDOM = np.random.default_rng(5)


def a_curve(points: int) -> Curve:
    return Curve(np.arange(points, dtype=np.float64), RANDOM.normal(size=points))


@pytest.mark.parametrize("points", [0, 1, 240, 241, 1000, 10_001])
def test_a_picture_has_at_most_240_points(points: int) -> None:
    curve = a_curve(points)
    for fewer in (condensed(curve), picked(curve)):
        assert len(fewer.x) == len(fewer.y) <= 240
        assert len(fewer.x) >= min(points, 120)


def test_condensed_points_are_means_of_their_neighbours() -> None:
    curve = a_curve(500)
    found = condensed(curve)
    for place, (x, y) in enumerate(zip(*found, strict=True)):
        part = slice(3 * place, min(3 * place + 3, 500))
        assert x == pytest.approx(curve.x[part].mean())
        assert y == pytest.approx(curve.y[part].mean())


def test_picked_points_are_points_of_the_curve_with_the_last() -> None:
    curve = a_curve(1000)
    found = picked(curve)
    assert found.x[-1] == 999
    assert set(zip(*found, strict=True)) <= set(zip(*curve, strict=True))


@pytest.mark.parametrize("points", [0, 1, 5, 100])
def test_the_running_mean_reaches_equally_far_to_both_sides(points: int) -> None:
    curve = a_curve(points)
    half = round(points * 0.05)
    for place, y in enumerate(smoothed(curve).y):
        reach = min(half, place, points - 1 - place)
        assert y == pytest.approx(curve.y[place - reach : place + reach + 1].mean())
