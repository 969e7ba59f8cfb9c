"""One line of a dataset to one triplet. The fast path takes what is plain and certain; every other
line goes to `explained_row`, which is slower and says what is wrong.
"""

import msgspec

from sbert_trainer.validation.explained import explained_row
from sbert_trainer.validation.faults import COLUMNS

_QUOTES_OF_A_ROW = 12
"""Three names and three texts in quotes. One more column has at least two quotes more."""


class Triplet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row: the question is the anchor, `positive` answers it, `negative` does not."""

    question: str
    positive: str
    negative: str

    @property
    def texts(self) -> tuple[str, str, str]:
        """Question, positive and negative."""
        return self.question, self.positive, self.negative


_DECODER = msgspec.json.Decoder(Triplet)


def parse_row(line: bytes) -> tuple[Triplet, tuple[str, ...]]:
    """The triplet in a line, and the names of columns beyond the three. Raises FaultError."""
    if row := plain_row(line):
        return row, ()
    texts, extra = explained_row(line)
    return Triplet(*(texts[column] for column in COLUMNS)), extra


def plain_row(line: bytes) -> Triplet | None:
    """The triplet in a line that has three good texts and nothing else, else None."""
    if not _has_six_strings(line):
        return None
    try:
        row = _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return row if _is_complete(row) else None


def _has_six_strings(line: bytes) -> bool:
    r"""Whether the line holds six JSON strings, so that no column is doubled or added.

    msgspec keeps the last of doubled keys without a word. Where no backslash is itself escaped, as
    in `\\"`, each `\"` is a quote inside a text; so pairs of backslashes are taken away first. They
    are found right: a run of backslashes is read in pairs from its start.
    """
    if b"\\\\" in line:
        line = line.replace(b"\\\\", b"")
    return line.count(b'"') - line.count(b'\\"') == _QUOTES_OF_A_ROW


def _is_complete(row: Triplet) -> bool:
    return row.positive != row.negative and all(
        text and not text.isspace() and "\0" not in text for text in row.texts
    )
