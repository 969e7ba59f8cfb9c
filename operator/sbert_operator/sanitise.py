"""Text from pods and servers made fit to be shown: one line, no control characters, cut to size.

It must never raise, whatever the text is.
"""

import unicodedata

LINE_LENGTH = 512
MESSAGE_LENGTH = 1024


def one_line(text: str, length: int = MESSAGE_LENGTH) -> str:
    """`text` as one line of at most `length` characters.

    Whitespace of any kind becomes one space. Everything of Unicode's category C goes: control
    characters (ANSI escapes), invisible and direction-changing ones, surrogates, unassigned.
    """
    spaced = " ".join(text[: 4 * length].split())
    clean = "".join(c for c in spaced if not unicodedata.category(c).startswith("C"))
    return clean if len(clean) <= length else clean[: length - 1] + "…"


def last_lines(text: str, count: int) -> list[str]:
    """The last `count` lines of `text` that are not empty, each made fit by `one_line`."""
    lines = (one_line(line, LINE_LENGTH) for line in text.split("\n"))
    return [line for line in lines if line][-count:]
