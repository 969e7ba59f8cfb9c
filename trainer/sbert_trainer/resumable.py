"""What a callback must know to go on after an interruption as if there had been none."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, NamedTuple

from transformers import TrainerCallback


class Saved(NamedTuple):
    """What a checkpoint keeps of a callback."""

    state: dict[str, Any]
    """As JSON."""
    files: tuple[Path, ...] = ()
    """Whole files of the work folder that `state` relies on. They must not change any more, but may
    grow: what was added after the checkpoint is then to be cut off by `restore`."""


class Resumable(TrainerCallback, ABC):
    """A callback with a state. A trainer has at most one of each class."""

    @abstractmethod
    def save(self) -> Saved:
        """The state after the last step. It may write files; it must use no random numbers."""

    @abstractmethod
    def restore(self, state: dict[str, Any]) -> None:
        """Take up a state that `save` returned, in another process; before the first step."""
