"""validation_rows.json of a published model: the rows that judged it, so that another model can be
judged by the very same. Torch-free.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Annotated

from pydantic import Field

from sbert_api.contract import Contract
from sbert_api.v1alpha1.training_status import Digest
from sbert_trainer.manifest import Manifest, is_as_published

VALIDATION_ROWS = "validation_rows.json"


class ChosenRows(Contract):
    """Rows of one dataset."""

    digest: Digest
    """digest: SHA-256 of its file: in another one the numbers mean nothing."""
    rows: list[Annotated[int, Field(ge=1)]] | None = None
    """rows: their numbers, counted from 1 without blank lines; none: all."""


class ValidationRows(Contract):
    """What validation_rows.json holds."""

    dataset: str
    """dataset: data/datasets/<id>.jsonl, with #auto-split if they were split off."""
    datasets: dict[str, ChosenRows]
    """datasets: by their ids, in the order of the rows."""

    def save(self, folder: Path) -> None:
        """Put it into the folder of the model that is to be published."""
        text = self.model_dump_json(by_alias=True, exclude_none=True)
        (folder / VALIDATION_ROWS).write_text(text + "\n")


def read_validation_rows(folder: Path, manifest: Manifest) -> ValidationRows | None:
    """What the file in a model's folder says; None if there is none as the manifest has it."""
    if not is_as_published(folder, manifest, VALIDATION_ROWS):
        return None
    return ValidationRows.model_validate_json((folder / VALIDATION_ROWS).read_text())


def numbered(merged: Iterable[int], sizes: Mapping[str, int]) -> dict[str, list[int] | None]:
    """Row numbers by dataset of indices into the rows of all datasets, merged in their order.

    sizes: rows by dataset; one without any of the rows is left out.
    """
    names = list(sizes)
    starts = [0, *accumulate(sizes.values())]
    found: defaultdict[str, list[int]] = defaultdict(list)
    for index in merged:
        place = bisect_right(starts, index) - 1
        found[names[place]].append(index - starts[place] + 1)
    return dict(found)
