"""What a reader of the numbers should bear in mind, where there is something."""

from sbert_trainer.manifest import Manifest
from sbert_trainer.training_log import History

_FEW_ROWS = 50
"""Below it a single row moves the accuracy by more than 2 points."""


def notes(facts: Manifest, history: History) -> list[str]:
    """Sentences; none for a training that leaves no doubt."""
    return [
        *_about_size(facts.data.validation_rows),
        *_about_choice(facts, history),
        *facts.data.warnings,
    ]


def _about_size(rows: int) -> list[str]:
    if rows == 1:
        return ["The model was judged by a single row, which says nothing of others."]
    if rows < _FEW_ROWS:
        return [f"The model was judged by {rows} rows only: intervals of so few are rough."]
    return []


def _about_choice(facts: Manifest, history: History) -> list[str]:
    tried = len({line["step"] for line in history.evaluations if line["step"]})
    if not facts.parameters["saveBestModel"] or tried < 2:
        return []
    return [
        f"The published weights are the best of {tried} evaluations on these same rows, which makes"
        " their scores look a little better than they are."
    ]
