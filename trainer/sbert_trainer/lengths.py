"""Looks for rows whose texts are longer than the model reads."""

from sentence_transformers import SentenceTransformer

from sbert_api.v1alpha1.training_status import DataFacts
from sbert_trainer.data import TrainingData
from sbert_trainer.log import say

_ROWS_LOOKED_AT = 1000
"""Enough for a share; tokenizing a million rows would take minutes."""
_BATCH = 100


def warn_of_long_rows(model: SentenceTransformer, limit: int, data: TrainingData) -> DataFacts:
    """The facts of `data`, with a warning if texts are cut after `limit` tokens."""
    rows = data.training[:: max(1, len(data.training) // _ROWS_LOOKED_AT)]
    cut = 0
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        texts = [text for row in part for text in row.texts]
        lengths = [len(ids) for ids in model.tokenizer(texts, truncation=False)["input_ids"]]
        cut += sum(max(lengths[3 * n : 3 * n + 3]) > limit for n in range(len(part)))
    if not limit or not cut:
        return data.facts
    warning = (
        f"{cut} of {len(rows)} training rows looked at have a text longer than {limit} tokens,"
    )
    warning += " which is cut there"
    say(f"warning: {warning}")
    return data.facts.model_copy(update={"warnings": [*data.facts.warnings, warning]})
