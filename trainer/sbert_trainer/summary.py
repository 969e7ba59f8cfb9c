"""What `sbert-trainer validate` says about datasets: figures for people and, the same, as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sbert_trainer.roles import Roles
from sbert_trainer.split import DEFAULT_FRACTION, validation_indices
from sbert_trainer.text_lengths import Lengths, LengthSample
from sbert_trainer.validation.datasets import Findings
from sbert_trainer.validation.remembered import Leak

_ROWS_SPLIT = 250_000
"""The split is made for so many rows at most: groups take some 400 bytes a row."""


@dataclass(frozen=True)
class Sides:
    """How many rows are trained on and how many judge the model, and what they share."""

    train_rows: int
    validation_rows: int
    leak: Leak
    exact: bool = True
    """False: so many rows that validationFraction was taken at its word."""


@dataclass(frozen=True)
class LengthFacts:
    """Of a sample of rows."""

    rows: int
    by_unit: dict[str, dict[str, Lengths]]
    """Unit, column, percentile."""
    limit: int | None
    """Tokens after which the model cuts."""
    rows_over: int | None


@dataclass(frozen=True)
class Summary:
    """The figures. Sides are missing where faults were found."""

    findings: Findings
    roles: Roles
    lengths: LengthFacts
    sides: Sides | None
    warnings: list[str]

    def as_json(self) -> dict[str, Any]:
        """For machines. Keys are added and never renamed."""
        found, sides = self.findings, self.sides
        return {
            "datasets": {
                name: {"rows": source.rows, "bytes": source.state.size, "digest": source.digest}
                for name, source in found.sources.items()
            },
            "digest": None if found.faults.count else found.digest,
            "trainRows": sides and sides.train_rows,
            "validationRows": sides and sides.validation_rows,
            "validationDataset": sides and self.roles.validation_name,
            "splitIsExact": sides and sides.exact,
            "leakedRows": sides and sides.leak.rows,
            "leakedTexts": sides and sides.leak.texts,
            "duplicateRows": found.duplicates,
            "sharedQuestionRows": found.remembered.sharing_question(),
            "lengths": {
                "rowsLookedAt": self.lengths.rows,
                "limit": self.lengths.limit,
                "rowsOverLimit": self.lengths.rows_over,
                "units": self.lengths.by_unit,
            },
            "warnings": self.warnings,
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        for name, source in self.findings.sources.items():
            yield f"{name}.jsonl: {_rows(source.rows)} of {source.state.size:,} bytes"
        total = sum(self.findings.rows.values())
        if not total:
            return
        if self.sides:
            yield from self._sides(self.sides)
        duplicates = self.findings.duplicates
        yield f"duplicates: {_share(duplicates, total)} repeat another row exactly"
        sharing = self.findings.remembered.sharing_question()
        yield f"shared questions: {_share(sharing, total)} have the question of another row"
        yield from self._lengths(total)
        yield from (f"warning: {warning}" for warning in self.warnings)

    def _sides(self, sides: Sides) -> Iterator[str]:
        about = "" if sides.exact else "about "
        yield f"training: {about}{_rows(sides.train_rows)}"
        if self.roles.validation_id:
            yield f"validation: {_rows(sides.validation_rows)} of {self.roles.validation_id}.jsonl"
            share = _share(sides.leak.rows, sides.train_rows)
            yield (
                f"leaks: {share} to train on share a question or positive with the validation rows"
                f" ({sides.leak.texts:,} texts)"
            )
        else:
            yield f"validation: {about}{_rows(sides.validation_rows)}, split off"
            yield "leaks: none, the split leaves no question or positive on both sides"

    def _lengths(self, total: int) -> Iterator[str]:
        facts = self.lengths
        of = "all" if facts.rows == total else f"{facts.rows:,} of {total:,}"
        for unit, columns in facts.by_unit.items():
            first = next(iter(columns.values()))
            title = f"{unit} in {of} rows"
            yield f"{title:<40}" + "".join(f"{name:>8}" for name in first)
            for column, lengths in columns.items():
                yield f"  {column:<38}" + "".join(f"{value:>8,}" for value in lengths.values())


def summarise(findings: Findings, roles: Roles, sample: LengthSample, limit: int | None) -> Summary:
    """The figures of datasets that were read. Raises DatasetValidationError if they are no faults
    but cannot be trained on.
    """
    lengths = LengthFacts(
        rows=sample.rows,
        by_unit={unit: sample.lengths(unit) for unit in sample.units},
        limit=limit,
        rows_over=sample.rows_over(limit, "tokens") if limit else None,
    )
    if findings.faults.count:
        return Summary(findings, roles, lengths, None, findings.warnings())
    sides = _sides_of(findings, roles)
    warnings = roles.warnings(findings, sides.validation_rows, sides.leak)
    if lengths.rows_over:
        warnings.append(
            f"{lengths.rows_over} of {lengths.rows} rows looked at have a text longer than {limit}"
            " tokens, which is cut there"
        )
    return Summary(findings, roles, lengths, sides, warnings)


def _sides_of(findings: Findings, roles: Roles) -> Sides:
    rows = sum(findings.rows[name] for name in roles.trained_on)
    leak = roles.leak(findings)
    if roles.validation_id:
        return Sides(rows, findings.rows[roles.validation_id], leak)
    if rows > _ROWS_SPLIT:
        validation = round(DEFAULT_FRACTION * rows)
        return Sides(rows - validation, validation, leak, exact=False)
    pairs = [pair for name in roles.trained_on for pair in findings.remembered.pairs(name)]
    validation = len(validation_indices(pairs))
    return Sides(rows - validation, validation, leak)


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _share(part: int, total: int) -> str:
    return f"{part:,} of {_rows(total)} ({part / total:.1%})"
