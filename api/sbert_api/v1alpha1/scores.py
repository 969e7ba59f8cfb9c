"""Scores of models on validation rows, and how sure they are."""

from typing import Annotated

from pydantic import Field

from sbert_api.contract import Contract
from sbert_api.v1alpha1.common import Count


class Scores(Contract):
    """How well a model ranks the validation rows. Definitions: docs/trainer.md."""

    triplet_accuracy: Annotated[float, Field(ge=0, le=1)]
    """tripletAccuracy: share of rows whose positive is nearer to the question than the negative."""

    mrr10: Annotated[float, Field(ge=0, le=1)]
    """mrr10: mean reciprocal rank of the positive among all distinct positives and negatives, 0
    beyond rank 10."""

    ndcg10: Annotated[float, Field(ge=0, le=1)]
    """ndcg10: normalised discounted cumulative gain at 10 of the same ranking."""

    avg_positive_similarity: Annotated[float, Field(ge=-1.01, le=1.01)]
    """avgPositiveSimilarity: mean cosine similarity of question and positive."""

    avg_negative_similarity: Annotated[float, Field(ge=-1.01, le=1.01)]
    """avgNegativeSimilarity: mean cosine similarity of question and negative."""

    margin: Annotated[float, Field(ge=-2.01, le=2.01)] | None = None
    """margin: avgPositiveSimilarity minus avgNegativeSimilarity."""

    similarity_ratio: Annotated[float, Field(ge=-102, le=102)] | None = None
    """similarityRatio: avgPositiveSimilarity divided by avgNegativeSimilarity; left out where the
    latter is below 0.01."""

    spearman_correlation: Annotated[float, Field(ge=-1, le=1)] | None = None
    """spearmanCorrelation: rank correlation of the similarities of all pairs with their labels, 1
    for a positive and 0 for a negative; at most 0.866."""

    num_samples: Count | None = None
    """numSamples: rows that were judged."""


class Interval(Contract):
    """A number and how sure it is."""

    value: Annotated[float, Field(ge=-210, le=210)]
    """value: trained minus base; in an evaluation, model minus baseline."""

    low: Annotated[float, Field(ge=-210, le=210)]
    """low: lower end of the 95 % interval, a paired bootstrap over the rows that judge."""

    high: Annotated[float, Field(ge=-210, le=210)]
    """high: upper end of the interval."""


class Gains(Contract):
    """The gain in each score; an interval that holds 0 shows no difference."""

    triplet_accuracy: Interval
    """tripletAccuracy: of the triplet accuracy."""

    mrr10: Interval
    """mrr10: of the mean reciprocal rank."""

    ndcg10: Interval
    """ndcg10: of the normalised discounted cumulative gain."""

    spearman_correlation: Interval | None = None
    """spearmanCorrelation: of the rank correlation."""

    margin: Interval | None = None
    """margin: of the mean distance between positive and negative."""

    similarity_ratio: Interval | None = None
    """similarityRatio: of the ratio; left out where either model has none that is sure."""

    avg_positive_similarity: Interval | None = None
    """avgPositiveSimilarity: of the similarity of question and positive."""

    avg_negative_similarity: Interval | None = None
    """avgNegativeSimilarity: of the similarity of question and negative; less is no loss."""


class Metrics(Contract):
    """Scores before and after training, on the same validation rows."""

    base: Scores
    """base: the base model's scores."""

    trained: Scores
    """trained: the trained model's scores."""

    gain: Gains | None = None
    """gain: trained minus base, with 95 % intervals."""
