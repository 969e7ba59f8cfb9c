"""What the study of losses tries: one factor at a time around a centre.

Finalists are written down here after the screening; the test part is looked at once, with these.
"""

from dataclasses import dataclass, field
from typing import Any

CENTRE = "centre"
BASE = "untrained"
SEEDS = (42, 43)
"""The first screens; finalists are trained with both. They draw the training rows as well."""
TRAIN_ROWS = {"b_docs": 1000, "b2_tldr": 3000}
"""About as many seconds of training each: texts of b2_tldr are a third as long."""
DEV_ROWS = {"b_docs": 484, "b2_tldr": 976}

_CENTRE_FIELDS: dict[str, Any] = {
    "loss": "MultipleNegativesRankingLoss",
    "perDeviceTrainBatchSize": 16,
    "learningRate": 2e-5,
    "scheduler": "warmuplinear",
}


@dataclass(frozen=True)
class Candidate:
    """One way to train: the centre but for `fields` (API names), the scale and the warm-up."""

    name: str
    changed: dict[str, Any] = field(default_factory=dict)
    scale: float = 20.0
    """Of MultipleNegativesRankingLoss: by what cosines are multiplied before the softmax."""
    warmup: float = 0.0
    """The share of the steps in which the learning rate rises."""

    def spec(self, rows: int) -> dict[str, Any]:
        """The fields of the task for so many training rows."""
        fields = _CENTRE_FIELDS | self.changed
        steps = rows // fields["perDeviceTrainBatchSize"]
        return {**fields, "warmupSteps": round(self.warmup * steps)}


def _triplet(margin: float, **changed: Any) -> Candidate:
    name = "-".join([f"triplet-{margin}", *(f"{key[:5]}-{changed[key]}" for key in changed)])
    return Candidate(name, {"loss": "TripletLoss", "tripletMargin": margin, **changed})


CANDIDATES = {
    candidate.name: candidate
    for candidate in (
        Candidate(CENTRE),
        _triplet(0.2),
        _triplet(0.1),
        _triplet(0.3),
        _triplet(0.5),
        Candidate("scale-10", scale=10.0),
        Candidate("scale-50", scale=50.0),
        Candidate("learning-rate-5e-5", {"learningRate": 5e-5}),
        Candidate("learning-rate-1e-4", {"learningRate": 1e-4}),
        Candidate("learning-rate-1e-4-scale-10", {"learningRate": 1e-4}, scale=10.0),
        Candidate("learning-rate-5e-5-constant", {"learningRate": 5e-5, "scheduler": "constantlr"}),
        _triplet(0.2, learningRate=5e-5),
        Candidate("batch-32", {"perDeviceTrainBatchSize": 32}),
        Candidate("constant", {"scheduler": "constantlr"}),
        Candidate("cosine", {"scheduler": "warmupcosine"}),
        Candidate("linear-warmup", warmup=0.1),
        Candidate("cosine-warmup", {"scheduler": "warmupcosine"}, warmup=0.1),
        Candidate("constant-warmup", {"scheduler": "warmupconstant"}, warmup=0.1),
    )
}
FINALISTS: tuple[str, ...] = ("learning-rate-1e-4",)
"""Trained a second time, with other rows and another seed; with the centre and the untrained model
they are judged on the test part."""
