"""Texts of datasets and specs as people may see them: harmless wherever they are put in."""

_JOINERS = "\u200c\u200d"
"""Invisible, but Persian words and many emoji are spelled with them."""


def shown(text: str, limit: int) -> str:
    """One line of at most `limit` characters.

    White space becomes single spaces; control characters, and those that would turn the direction
    of the text around them, are shown as escapes.
    """
    line = " ".join(text.split())
    if len(line) > limit:
        line = line[: limit - 1].rstrip() + "…"
    return "".join(c if c.isprintable() or c in _JOINERS else _escape(c) for c in line)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()
