"""The scores in words, and what a gain means. Knowledge as data for log, model card and report."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from sbert_api.v1alpha1.scores import Interval, Metrics


class MetricWords(NamedTuple):
    """One score."""

    title: str
    meaning: str
    decides: bool
    """Higher is better; else it only describes the model."""
    drawn: bool = True
    """Whether it lies between -1 and 1, so that its place between 0 and 1 can be shown."""


METRIC_WORDS = {
    "tripletAccuracy": MetricWords(
        "Triplet accuracy",
        "Share of rows whose positive is more similar to the question than the negative.",
        decides=True,
    ),
    "mrr10": MetricWords(
        "MRR@10",
        "Mean of 1/rank of the positive among all answers of the set; 0 beyond rank 10.",
        decides=True,
    ),
    "ndcg10": MetricWords(
        "nDCG@10",
        "The same ranks, weighed more mildly: 1 at rank 1, 0.63 at rank 2, 0.29 at rank 10.",
        decides=True,
    ),
    "spearmanCorrelation": MetricWords(
        "Rank correlation",
        "Spearman's, of the similarities of all pairs with right (1) and wrong (0); at most 0.87.",
        decides=True,
    ),
    "margin": MetricWords(
        "Margin",
        "Mean similarity to the positive minus mean similarity to the negative.",
        decides=False,
    ),
    "avgPositiveSimilarity": MetricWords(
        "Similarity to positives",
        "Mean cosine similarity of question and positive. What counts is the distance to the next.",
        decides=False,
    ),
    "avgNegativeSimilarity": MetricWords(
        "Similarity to negatives",
        "Mean cosine similarity of question and negative.",
        decides=False,
    ),
    "similarityRatio": MetricWords(
        "Similarity ratio",
        "Similarity to positives divided by similarity to negatives.",
        decides=False,
        drawn=False,
    ),
}
"""By their names in the API."""

CHARTED = ("tripletAccuracy", "mrr10", "ndcg10")
"""The scores whose course during a training is drawn."""

HEADLINE = "tripletAccuracy"
"""The score that is named first."""


def known_scores(sides: Collection[Mapping[str, Interval]]) -> Iterator[tuple[str, MetricWords]]:
    """The scores that all sides have, in their order: a similarityRatio may be missing, and so may
    scores that an older trainer did not know."""
    for name, words in METRIC_WORDS.items():
        if all(name in side for side in sides):
            yield name, words


def verdict(gain: Interval) -> str:
    """What a gain says about a score of which more is better."""
    if gain.low > 0:
        return "better"
    return "worse" if gain.high < 0 else "no difference shown"


def headline(metrics: Metrics, digits: int) -> str:
    """The answer in one line: before, after, gain with its interval, verdict."""
    before, after = (scores.as_json()[HEADLINE] for scores in (metrics.base, metrics.trained))
    line = f"{METRIC_WORDS[HEADLINE].title} {before:.{digits}f} → {after:.{digits}f}"
    if metrics.gain is None:
        return line
    gain = metrics.gain.triplet_accuracy
    return f"{line}, {with_ends(gain, digits)}: {verdict(gain)}"


def with_ends(gain: Interval, digits: int) -> str:
    """A gain with the ends of its interval: +0.17 [0.07, 0.26]."""
    ends = f"[{number(gain.low, digits)}, {number(gain.high, digits)}]"
    return f"{signed(gain.value, digits)} {ends}"


def signed(value: float, digits: int) -> str:
    """A number with its sign."""
    text = number(value, digits)
    return text if text.startswith("−") else f"+{text}"


def number(value: float, digits: int) -> str:
    """A number with a minus sign as wide as a digit; no negative zero."""
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")
