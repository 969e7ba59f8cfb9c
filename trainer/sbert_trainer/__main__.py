"""The command line: `sbert-trainer train`, `evaluate` and `validate`.

None loads torch before it must: a mistake is told in less than a second. Nothing that takes time
is imported before signals are held back.
"""

import sys

from sbert_trainer.held_signals import hold_signals


def main() -> int:
    """Run the command that the arguments name; returns the exit code."""
    hold_signals()
    from sbert_trainer.commands import run_command  # noqa: PLC0415

    return run_command()


if __name__ == "__main__":
    sys.exit(main())
