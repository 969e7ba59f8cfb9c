"""A request to end that the main thread sees to itself, between two steps of the training."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sbert_trainer.errors import TrainingInterruptedError


class Interruption:
    """Passes a signal's name from the thread that waits for signals to the main thread."""

    def __init__(self) -> None:
        """Nothing is asked, and the main thread does not look."""
        self._lock = threading.Lock()
        self._heeded = False
        self._name = ""

    def ask(self, name: str) -> bool:
        """Ask the main thread to end because of `name`; False if it does not look."""
        with self._lock:
            if self._heeded:
                self._name = self._name or name
            return self._heeded

    @property
    def asked(self) -> bool:
        """Whether the main thread is to end as soon as it can go on later."""
        return bool(self._name)

    def error(self, words: str) -> TrainingInterruptedError:
        """What to raise at the end; `words` say what is left of the work."""
        return TrainingInterruptedError(f"the trainer was asked to end ({self._name}); {words}")

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """A block in which the main thread looks at `asked`, and raises `error`.

        Raises TrainingInterruptedError itself if the request came too late for the block.
        """
        with self._lock:
            self._heeded = True
        try:
            yield
        finally:
            with self._lock:
                self._heeded = False
        if self.asked:
            raise self.error("no checkpoint of the last steps was written")
