"""The spec in the words of sentence-transformers' training arguments."""

from pathlib import Path

from sentence_transformers import SentenceTransformerTrainingArguments

from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_trainer.device import Device
from sbert_trainer.losses import batch_sampler


def build_arguments(
    spec: TrainingTaskSpec, device: Device, folder: Path
) -> SentenceTransformerTrainingArguments:
    """Training arguments; optimizer and scheduler are built apart. `folder` stays empty.

    Evaluation and saving are callbacks of ours: the library's would write checkpoints.
    """
    return SentenceTransformerTrainingArguments(
        output_dir=str(folder),
        num_train_epochs=spec.epochs,
        per_device_train_batch_size=spec.per_device_train_batch_size,
        gradient_accumulation_steps=spec.gradient_accumulation_steps,
        max_grad_norm=spec.max_grad_norm,
        seed=spec.seed,
        data_seed=spec.seed,
        batch_sampler=batch_sampler(spec.loss),
        use_cpu=device.kind == "cpu",
        bf16=device.bf16,
        fp16=device.fp16,
        dataloader_num_workers=spec.dataloader_num_workers,
        dataloader_pin_memory=device.kind == "cuda",
        logging_strategy="steps",
        logging_steps=1,
        # The filter would hide a NaN: the loss is logged as 0.0 while the weights are broken.
        logging_nan_inf_filter=False,
        eval_strategy="no",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
