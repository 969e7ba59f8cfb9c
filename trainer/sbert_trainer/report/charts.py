"""The report's charts, drawn by matplotlib. All are of one size and one look."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sbert_trainer.metrics import Matrix, RowScores
from sbert_trainer.parameters import short
from sbert_trainer.report.curves import Curve, condensed, picked, smoothed
from sbert_trainer.report.svg import COLOURS, as_inline_svg

_WIDTH, _HEIGHT = 4.6, 2.7
"""Inches of 72 units: on a phone a unit is about a pixel, on a desk about 1.4."""
_BINS = 36
_LABELS_APART = 0.1
"""Of the height of the chart."""
_DASHES = (0, (3, 3))
_ROUND = [1, 2, 5, 10]

_LOOK: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "font.size": 9.5,
    "text.color": COLOURS["ink"],
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": COLOURS["line"],
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.labelcolor": COLOURS["muted"],
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.xmargin": 0.02,
    "grid.color": COLOURS["line"],
    "grid.linewidth": 0.8,
    "xtick.color": COLOURS["line"],
    "xtick.labelcolor": COLOURS["muted"],
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "ytick.labelcolor": COLOURS["muted"],
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
}


@contextmanager
def _chart(rows: int = 1, **options: Any) -> Iterator[tuple[Figure, Any]]:
    """A figure in the report's look, whatever a matplotlibrc on this machine says."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_LOOK)
        figure = Figure(figsize=(_WIDTH, _HEIGHT), layout="constrained")
        yield figure, figure.subplots(rows, **options)


def loss_chart(steps: list[dict[str, Any]]) -> str:
    """The loss of each step, and its running mean."""
    curve = condensed(_curve(steps, "loss"))
    mean = smoothed(curve)
    with _chart() as (figure, axes):
        axes.plot(*curve, color=COLOURS["base"], linewidth=0.9)
        axes.plot(*mean, color=COLOURS["trained"])
        axes.set_ylim(bottom=0)
        _label_steps(axes)
        return as_inline_svg(figure, "loss", _described("Training loss", mean))


def learning_rate_chart(steps: list[dict[str, Any]]) -> str:
    """The learning rate that each step used."""
    curve = picked(_curve(steps, "learningRate"))
    with _chart() as (figure, axes):
        axes.plot(*curve, color=COLOURS["trained"])
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
        _label_steps(axes)
        return as_inline_svg(figure, "rate", _described("Learning rate", curve))


def evaluations_chart(
    evaluations: list[dict[str, Any]], names: Mapping[str, str], published_step: int | None
) -> str:
    """Scores over the steps; `names`: titles by the scores' names in the API."""
    colours = [COLOURS[name] for name in ("trained", "second", "third")]
    described = []
    with _chart() as (figure, axes):
        if published_step is not None:
            axes.axvline(published_step, color=COLOURS["muted"], linewidth=0.9, linestyle=_DASHES)
        ends = []
        for (name, title), colour in zip(names.items(), colours, strict=True):
            curve = picked(_scores(evaluations, name))
            marker = "o" if len(curve.x) <= 40 else ""
            axes.plot(*curve, color=colour, marker=marker, markersize=3.2)
            ends.append((float(curve.y[-1]), title, colour))
            described.append(_described(title, curve))
        _label_ends(axes, ends)
        _label_steps(axes)
        return as_inline_svg(figure, "scores", " ".join(described))


def similarity_chart(sides: Mapping[str, RowScores]) -> str:
    """Histograms of both kinds of pairs, a panel for each model by its name, on one scale."""
    everything = np.concatenate([part for rows in sides.values() for part in _kinds(rows).values()])
    edges = np.linspace(everything.min(), everything.max() + 1e-6, _BINS)
    with _chart(len(sides), sharex=True, sharey=True, squeeze=False) as (figure, panels):
        for (axes,), (name, rows) in zip(panels, sides.items(), strict=True):
            for kind, values in _kinds(rows).items():
                axes.hist(values, edges, color=COLOURS[kind], alpha=0.3)
                axes.hist(values, edges, color=COLOURS[kind], histtype="step", linewidth=1.1)
                axes.axvline(values.mean(), color=COLOURS[kind], linewidth=1.6, linestyle=_DASHES)
            axes.text(0, 0.98, name, transform=axes.transAxes, va="top", color=COLOURS["muted"])
            axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        axes.set_xlabel("cosine similarity")
        return as_inline_svg(figure, "similarity", _compared(sides))


def _kinds(rows: RowScores) -> dict[str, Matrix]:
    return {"negative": rows.negative, "positive": rows.positive}


def _curve(lines: list[dict[str, Any]], name: str) -> Curve:
    points = [(line["step"], line[name]) for line in lines if line[name] is not None]
    return Curve(*np.array(points, dtype=np.float64).reshape(-1, 2).T)


def _scores(evaluations: list[dict[str, Any]], name: str) -> Curve:
    return _curve([{"step": e["step"], name: e["evaluation"][name]} for e in evaluations], name)


def _label_steps(axes: Axes) -> None:
    axes.set_xlabel("step")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=_ROUND))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=_ROUND))


def _label_ends(axes: Axes, ends: list[tuple[float, str, str]]) -> None:
    """The curves' names at their ends, moved apart where curves end near each other."""
    low, high = axes.get_ylim()
    ends = sorted(ends)
    values = np.array([value for value, _, _ in ends])
    places = values.copy()
    for n in range(1, len(places)):
        places[n] = max(places[n], places[n - 1] + _LABELS_APART * (high - low))
    places -= (places - values).mean()
    for at, (_, title, colour) in zip(places, ends, strict=True):
        axes.annotate(
            title,
            (1.01, at),
            xycoords=("axes fraction", "data"),
            va="center",
            color=colour,
            annotation_clip=False,
        )


def _described(title: str, curve: Curve) -> str:
    """For those who cannot see it."""
    if not len(curve.x):
        return f"{title}: no values."
    first, last = (f"{curve.y[n]:.3g} at step {curve.x[n]:.0f}" for n in (0, -1))
    return f"{title} from {first} to {last}."


def _compared(sides: Mapping[str, RowScores]) -> str:
    parts = [
        f"{name}: mean cosine similarity of positive pairs {rows.positive.mean():.2f}, of negative"
        f" pairs {rows.negative.mean():.2f}."
        for name, rows in sides.items()
    ]
    return "Histograms of similarities. " + " ".join(parts)
