"""What to do when a batch does not fit the GPU. Pure."""

from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_trainer.errors import GpuOutOfMemoryError

CACHED_MINI_BATCH = 32
"""Rows that the cached loss holds on the device at a time; it does not change the result."""


def gpu_out_of_memory(spec: TrainingTaskSpec) -> GpuOutOfMemoryError:
    """The error, with a hint that keeps the rows of an optimizer step.

    Half the rows take about half the memory. The cached loss never holds more than
    CACHED_MINI_BATCH, so only a batch below that takes less.
    """
    batch = spec.per_device_train_batch_size
    cached = spec.loss == "CachedMultipleNegativesRankingLoss"
    held = min(batch, CACHED_MINI_BATCH) if cached else batch
    message = f"a batch of {batch} triplets does not fit the GPU's memory"
    if held == 1:
        return GpuOutOfMemoryError(message, "Lower maxSeqLength, or take a GPU with more memory.")
    smaller = held // 2
    accumulation = -(-spec.gradient_accumulation_steps * batch // smaller)
    parts = f"perDeviceTrainBatchSize to {smaller} and gradientAccumulationSteps to {accumulation}"
    if spec.loss == "MultipleNegativesRankingLoss" and batch > CACHED_MINI_BATCH:
        return GpuOutOfMemoryError(
            message,
            "Set loss to CachedMultipleNegativesRankingLoss: the same batch and result, with the"
            f" memory of {CACHED_MINI_BATCH} triplets. Or set {parts}.",
        )
    return GpuOutOfMemoryError(message, f"Set {parts}.")
