"""Lines for people, on standard error. Standard output belongs to the progress lines."""

import sys


def say(text: str) -> None:
    """Write one line. Control characters are shown as escapes: data must not paint the terminal."""
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
