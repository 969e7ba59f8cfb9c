"""What is wrong with a dataset: one fault, and the collection of all, bounded, that says them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sbert_trainer.errors import DatasetValidationError

COLUMNS = ("question", "positive", "negative")
SHOWN_FAULTS = 20
_KINDS = 50
"""So many kinds are counted one by one, the rest together: a message has room for five."""
_LINES_OF_A_KIND = 3
_MESSAGE_LENGTH = 1000
"""A termination message may have 1,024 characters."""


@dataclass(frozen=True)
class Fault:
    """Where something is wrong, what is there, what was expected, and what to do."""

    what: str
    """Such as "found null" or "missing"."""
    expected: str
    advice: str
    place: str = ""
    """A column, "byte N" or "character N" of the line, counted from 1; "": the whole line."""
    line: int | None = None
    """Counted from 1; None: the whole file."""
    file: str = ""

    def __str__(self) -> str:
        """`file:line: column: what, expected; do this`."""
        place = f"{self.place}: " if self.place else ""
        return f"{self.position}: {place}{self.what}, expected {self.expected}; {self.advice}"

    @property
    def position(self) -> str:
        """`file:line`, or the file alone."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    @property
    def kind(self) -> tuple[str, str, str]:
        """Equal for faults that are mended in the same way."""
        column = self.place if self.place in COLUMNS else ""
        return column, self.expected, self.advice

    def as_json(self) -> dict[str, str | int | None]:
        """For `validate --json`."""
        return {
            "file": self.file,
            "line": self.line,
            "place": self.place or None,
            "what": self.what,
            "expected": self.expected,
            "advice": self.advice,
            "text": str(self),
        }


class FaultError(Exception):
    """A row or a file breaks the rules. Never leaves the validation: it becomes a Fault of many."""

    def __init__(
        self, what: str, expected: str, advice: str, *, place: str = "", line: int | None = None
    ) -> None:
        """The parts of the fault; whoever catches it knows the file."""
        super().__init__(what)
        self.fault = Fault(what, expected, advice, place, line)


@dataclass
class _Kind:
    first: Fault
    count: int = 1
    others: list[str] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.count += 1
        if len(self.others) < _LINES_OF_A_KIND:
            same_file = fault.file == self.first.file and fault.line is not None
            self.others.append(f"line {fault.line}" if same_file else fault.position)

    def __str__(self) -> str:
        if self.count == 1:
            return str(self.first)
        more = ", …" if self.count - 1 > len(self.others) else ""
        others = ", ".join(self.others)
        return f"{self.first} ({self.count - 1} more of this kind: {others}{more})"


@dataclass
class Faults:
    """The first SHOWN_FAULTS faults, and how many there are of each kind."""

    shown: list[Fault] = field(default_factory=list)
    count: int = 0
    _kinds: dict[tuple[str, str, str], _Kind] = field(default_factory=dict)

    def add(self, fault: Fault, file: str, line: int | None) -> None:
        """Count a fault of `file`; `line` is taken where the fault does not say its own."""
        fault = replace(fault, file=file, line=line if fault.line is None else fault.line)
        self.count += 1
        if len(self.shown) < SHOWN_FAULTS:
            self.shown.append(fault)
        if known := self._kinds.get(fault.kind):
            known.add(fault)
        elif len(self._kinds) < _KINDS:
            self._kinds[fault.kind] = _Kind(fault)

    def lines(self) -> list[str]:
        """One fault a line, then how many more there are."""
        hidden = self.count - len(self.shown)
        more = [f"and {hidden} more errors"] if hidden else []
        return [*map(str, self.shown), *more]

    def message(self) -> str:
        """What fits into a status: the first fault of each kind, and where else the kind is."""
        if self.count == 1:
            return str(self.shown[0])
        kinds = list(self._parts())
        hidden = self.count - sum(kind.count for kind in kinds)
        more = f" And {hidden} more errors." if hidden else ""
        numbered = " ".join(f"({n}) {kind}." for n, kind in enumerate(kinds, 1))
        return f"{self.count} errors: {numbered}{more}"

    def _parts(self) -> Iterator[_Kind]:
        room = _MESSAGE_LENGTH - len("1000000000 errors: And 1000000000 more errors.")
        for kind in self._kinds.values():
            room -= len(f" (50) {kind}.")
            if room < 0:
                return
            yield kind

    def raise_any(self) -> None:
        """Raise DatasetValidationError with everything that was found, if anything was."""
        if self.count:
            raise DatasetValidationError(*self.lines(), message=self.message())
