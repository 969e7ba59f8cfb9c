"""The operator as a process: it works until a signal comes, and ends in time whatever hangs."""

import asyncio
import contextlib
import signal

from sbert_operator.application import operate
from sbert_operator.settings import Settings

EXIT_SECONDS = 4.0


async def run(settings: Settings) -> None:
    """Work until a signal comes, then end in time whatever hangs. Raises OperatorError."""
    stop = asyncio.Event()
    handle_signals(stop)
    # Kopf puts its own signal handlers in the place of ours: set them again once it runs.
    work = asyncio.create_task(operate(settings, stop, lambda: handle_signals(stop)))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    await asyncio.wait({work}, timeout=EXIT_SECONDS)
    work.cancel()
    # Kopf leaves a generator behind, which complains when the loop closes it.
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    with contextlib.suppress(asyncio.CancelledError):
        await work


def handle_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT set `stop`."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
