"""The other side: sentence-transformers used as its documentation shows, with its defaults.

Same data, model, batches, loss, seed, learning rate and weight decay. The batches are drawn by our
sampler on both sides, so that each window of steps has the same texts on both.
"""

import argparse
from pathlib import Path

from datasets import Dataset, load_dataset  # type: ignore[import-untyped]
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.sentence_transformer.losses import (
    MultipleNegativesRankingLoss,
    TripletLoss,
)
from sentence_transformers.sentence_transformer.losses.triplet import TripletDistanceMetric
from torch import nn

from benchmarks.windows import Windows
from sbert_trainer.losses import batch_sampler

_WEIGHT_DECAY = 0.01
"""Our default; the library's own is 0."""


def main() -> None:
    """Train; with --save the model is saved at the end, else the benchmark's callback rules."""
    arguments = _arguments()
    model = SentenceTransformer(str(arguments.model), device="cpu")
    trainer = SentenceTransformerTrainer(
        model=model,
        args=SentenceTransformerTrainingArguments(
            output_dir=str(arguments.scratch),
            per_device_train_batch_size=arguments.batch,
            num_train_epochs=1,
            learning_rate=2e-5,
            weight_decay=_WEIGHT_DECAY,
            seed=arguments.seed,
            batch_sampler=batch_sampler(arguments.loss),
            logging_steps=arguments.logging_steps,
            save_strategy="no",
            use_cpu=True,
            report_to="none",
        ),
        train_dataset=_rows(arguments.data, arguments.scratch),
        loss=_loss(arguments.loss, model, arguments.margin),
        callbacks=[] if arguments.save else [Windows()],
    )
    trainer.train()
    if arguments.save:
        model.save_pretrained(str(arguments.save))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "data", "scratch"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--loss", default="MultipleNegativesRankingLoss")
    parser.add_argument("--margin", type=float, default=0.5)
    parser.add_argument("--logging-steps", type=int, default=500, help="the library's default")
    return parser.parse_args()


def _rows(path: Path, scratch: Path) -> Dataset:
    return load_dataset(
        "json", data_files=str(path), split="train", cache_dir=str(scratch / "cache")
    )


def _loss(name: str, model: SentenceTransformer, margin: float) -> nn.Module:
    if name == "TripletLoss":
        return TripletLoss(model, TripletDistanceMetric.COSINE, triplet_margin=margin)
    return MultipleNegativesRankingLoss(model)


if __name__ == "__main__":
    main()
