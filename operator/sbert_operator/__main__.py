"""`python -m sbert_operator`: read the settings, run until a signal comes, say why if it ends else.

Ends with 0 within five seconds of SIGTERM or SIGINT, with 1 and one sentence after anything else:
Kubernetes starts it again, and any number of starts does no harm.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """The operator. The exit code: 0 after a signal, 1 after an error."""
    # In a container this is process 1: a signal without a handler is lost to it, and loading the
    # rest takes a second. It would live on for the whole grace period, and might even lead.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    from sbert_operator import errors, logs, process, settings  # noqa: PLC0415

    try:
        found = settings.parse_arguments(sys.argv[1:] if arguments is None else arguments)
        logs.configure()
        asyncio.run(process.run(found))
    except errors.OperatorError as error:
        sys.stderr.write(f"sbert-operator: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
