"""Reads datasets in one pass and judges every row. Memory does not grow with the file: rows are
handed on, errors are collected up to a limit and then counted.
"""

import hashlib
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sbert_trainer.validation.faults import FaultError, Faults
from sbert_trainer.validation.ids import file_name
from sbert_trainer.validation.lines import FileState, numbered_lines, open_dataset, state_of
from sbert_trainer.validation.remembered import Remembered
from sbert_trainer.validation.rows import Triplet, parse_row

MAX_ROWS = 10_000_000
"""In all datasets: a training holds its rows in memory."""
_SHOWN_COLUMNS = 5
_COLUMN_LENGTH = 60
"""Characters of a column's name as it is shown; a warning may have 512."""


@dataclass(frozen=True)
class Source:
    """A file that was read to its end."""

    folder: Path
    rows: int
    digest: str
    """`sha256:` and the SHA-256 of its bytes."""
    state: FileState


@dataclass
class Findings:
    """What was found in the datasets so far."""

    sources: dict[str, Source] = field(default_factory=dict)
    """By dataset id, in the order of reading; no file that has a fault as a whole."""
    faults: Faults = field(default_factory=Faults)
    remembered: Remembered = field(default_factory=Remembered)
    extra_columns: dict[str, None] = field(default_factory=dict)
    """Names, as they are shown, of the first _SHOWN_COLUMNS columns beyond the three."""
    echoes: int = 0
    """Rows whose question is also their positive or negative."""
    _rows: int = 0
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @property
    def rows(self) -> dict[str, int]:
        """Good rows by dataset id."""
        return {dataset_id: source.rows for dataset_id, source in self.sources.items()}

    @property
    def digests(self) -> dict[str, str]:
        """Each dataset's own digest by its id."""
        return {dataset_id: source.digest for dataset_id, source in self.sources.items()}

    @property
    def digest(self) -> str:
        """`sha256:` and the SHA-256 of all contents, in the order of reading."""
        return f"sha256:{self._digest.hexdigest()}"

    def read(self, root: Path, dataset_id: str) -> Iterator[Triplet]:
        """The good rows of a dataset; what is wrong is collected as faults.

        Raises TrainingDatasetNotFoundError, InvalidDatasetIdError, and OSError for a volume that
        fails.
        """
        self.remembered.begin(dataset_id)
        try:
            yield from self._good_rows(root, dataset_id)
        except FaultError as error:
            self.faults.add(error.fault, file_name(dataset_id), None)

    def _good_rows(self, root: Path, dataset_id: str) -> Iterator[Triplet]:
        """As `read`, but raises FaultError for what is wrong with the file as a whole."""
        faults, rows, digest = self.faults.count, self._rows, hashlib.sha256()
        name = file_name(dataset_id)
        with closing(open_dataset(root, dataset_id)) as file:
            for number, line in numbered_lines(file, (digest, self._digest)):
                if row := self._row(line, name, number):
                    yield row
            state = state_of(file)
        if self._rows == rows and self.faults.count == faults:
            raise FaultError("found no rows", "at least one", "write the data into it")
        whole = f"sha256:{digest.hexdigest()}"
        self.sources[dataset_id] = Source(root, self._rows - rows, whole, state)

    def _row(self, line: bytes, name: str, number: int) -> Triplet | None:
        """The row of a line, or None if it has a fault. Raises FaultError for one row too many."""
        try:
            row, extra = parse_row(line)
        except FaultError as error:
            self.faults.add(error.fault, name, number)
            return None
        if self._rows == MAX_ROWS:
            raise FaultError(
                f"found more than {MAX_ROWS} rows",
                "at most that in all datasets",
                "train on a part; checking stopped here",
                line=number,
            )
        self._rows += 1
        self.remembered.add(row)
        self.echoes += row.question in (row.positive, row.negative)
        for column in extra[:_SHOWN_COLUMNS]:
            if len(self.extra_columns) < _SHOWN_COLUMNS:
                self.extra_columns[_shown(column)] = None
        return row

    @cached_property
    def duplicates(self) -> int:
        """Rows that repeat another one exactly; to be asked for once everything is read."""
        return self.remembered.duplicates()

    def warnings(self) -> list[str]:
        """What is odd but no error; to be asked for once everything is read."""
        found = []
        if self.duplicates:
            found.append(
                f"{self.duplicates} of {self._rows} rows are exact duplicates of another row"
            )
        if self.echoes:
            found.append(
                f"{self.echoes} of {self._rows} rows have the question as positive or negative"
            )
        if self.extra_columns:
            names = ", ".join(self.extra_columns)
            found.append(f"columns beyond question, positive and negative are ignored: {names}")
        return found


def _shown(name: str) -> str:
    """In quotes, with escapes for what cannot be printed: those make a name longer."""
    text = repr(name[:_COLUMN_LENGTH])
    return text if len(text) <= _COLUMN_LENGTH else text[: _COLUMN_LENGTH - 1] + "…"


def check_present(root: Path, dataset_ids: list[str]) -> None:
    """Raise TrainingDatasetNotFoundError for the first that is missing, before any is read."""
    for dataset_id in dataset_ids:
        with suppress(FaultError):
            open_dataset(root, dataset_id).close()
