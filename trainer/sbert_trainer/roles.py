"""Which datasets are trained on and which one judges the model, and what is odd about that."""

from dataclasses import dataclass

from sbert_trainer.errors import DatasetValidationError
from sbert_trainer.validation.datasets import Findings
from sbert_trainer.validation.remembered import Leak

_FEW_ROWS = 50
"""A share of so few rows is known to 14 points up or down: 1.96 * sqrt(0.25 / 50)."""


@dataclass(frozen=True)
class Roles:
    """The roles that a spec gives to datasets."""

    train_ids: list[str]
    validation_id: str | None
    """None: the rows are split."""

    @property
    def all_ids(self) -> list[str]:
        """Each dataset once, in the order of reading."""
        return list(dict.fromkeys([*self.train_ids, *filter(None, [self.validation_id])]))

    @property
    def trained_on(self) -> list[str]:
        """The train datasets without the one that judges the model."""
        return [name for name in dict.fromkeys(self.train_ids) if name != self.validation_id]

    @property
    def validation_name(self) -> str:
        """What the status calls the validation rows."""
        if self.validation_id:
            return f"data/datasets/{self.validation_id}.jsonl"
        return f"data/datasets/{self.train_ids[0]}.jsonl#auto-split"

    def check(self) -> None:
        """Raise DatasetValidationError if nothing is left to train on."""
        if not self.trained_on:
            raise DatasetValidationError(
                f"found no train dataset beside the validation set {self.validation_id}, expected"
                " at least one",
                hint="Leave valDatasetId out to split the data, or name another train dataset.",
            )

    def leak(self, findings: Findings) -> Leak:
        """What is on both sides. A split leaves nothing."""
        if self.validation_id is None:
            return Leak(rows=0, texts=0)
        return findings.remembered.leak(self.trained_on, self.validation_id)

    def warnings(self, findings: Findings, validation_rows: int, leak: Leak) -> list[str]:
        """What is odd, after what `findings` has of its own."""
        found = findings.warnings()
        if self.validation_id in self.train_ids:
            found.append(
                f"{self.validation_id} is named as train and as validation dataset: its"
                f" {validation_rows} rows are not trained on"
            )
        if leak.rows:
            rows = sum(findings.rows[name] for name in self.trained_on)
            found.append(
                f"{leak.rows} of {rows} training rows share a question or positive with the"
                " validation set: the scores will look better than the model is"
            )
        return [*found, *few_rows_warnings(validation_rows)]


def few_rows_warnings(count: int) -> list[str]:
    """A warning if so few rows judge a model."""
    if count >= _FEW_ROWS:
        return []
    return [
        f"few rows judge the model ({count}), so its scores have wide intervals: better {_FEW_ROWS}"
        " or more"
    ]
