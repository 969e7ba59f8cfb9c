"""The signals that ask a process to end, held back until something waits for them.

A container's first process does not even get a signal that it neither handles nor holds back: one
that came while modules are imported would be lost, and the pod killed at the end of its grace.
"""

import signal

ENDING_SIGNALS = {signal.SIGTERM, signal.SIGINT}


def hold_signals() -> None:
    """From here on they wait: for the watch, which takes them, or for `let_signals_through`.

    Threads that are started later inherit it.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)


def let_signals_through() -> None:
    """They do again what they do in any Python program; one that was held back does it now."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING_SIGNALS)
