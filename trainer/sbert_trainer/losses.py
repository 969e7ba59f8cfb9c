"""The table of losses: spec value -> the library's loss, fed with anchor, positive and negative."""

from collections.abc import Callable

from sentence_transformers import SentenceTransformer
from sentence_transformers.base.sampler import BatchSamplers, DefaultBatchSampler
from sentence_transformers.sentence_transformer.losses import (
    CachedMultipleNegativesRankingLoss,
    MultipleNegativesRankingLoss,
    TripletLoss,
)
from sentence_transformers.sentence_transformer.losses.triplet import TripletDistanceMetric
from torch import nn

from sbert_api.v1alpha1.training_task import Loss, TrainingTaskSpec
from sbert_trainer.batches import keeps_texts_apart
from sbert_trainer.gpu_memory import CACHED_MINI_BATCH
from sbert_trainer.sampler import ApartBatchSampler

_Builder = Callable[[SentenceTransformer, TrainingTaskSpec], nn.Module]

_LOSSES: dict[Loss, _Builder] = {
    "TripletLoss": lambda model, spec: TripletLoss(
        model, TripletDistanceMetric.COSINE, triplet_margin=spec.triplet_margin
    ),
    "MultipleNegativesRankingLoss": lambda model, spec: MultipleNegativesRankingLoss(model),
    "CachedMultipleNegativesRankingLoss": lambda model, spec: CachedMultipleNegativesRankingLoss(
        model, mini_batch_size=min(CACHED_MINI_BATCH, spec.per_device_train_batch_size)
    ),
}


def build_loss(model: SentenceTransformer, spec: TrainingTaskSpec) -> nn.Module:
    """The loss that `spec` names."""
    return _LOSSES[spec.loss](model, spec)


def batch_sampler(loss: Loss) -> BatchSamplers | type[DefaultBatchSampler]:
    """How batches are drawn. The ranking losses take the other rows of a batch for wrong answers,
    so rows for which that is false must not meet in one."""
    return ApartBatchSampler if keeps_texts_apart(loss) else BatchSamplers.BATCH_SAMPLER
