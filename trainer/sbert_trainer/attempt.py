"""What an attempt has besides its input."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sbert_trainer.checkpoints_interval import Interval
from sbert_trainer.interruption import Interruption
from sbert_trainer.work_folder import WorkFolder


@dataclass(frozen=True)
class Attempt:
    """One process that trains a run, from the start or from where an earlier one ended."""

    models: Path
    """The model volume."""
    work: WorkFolder
    release: Callable[[], None]
    """Called just before the model becomes visible; from then on the process is not ended."""
    interruption: Interruption = field(default_factory=Interruption)
    """Says between two steps whether the process is to end."""
    interval: Interval = field(default_factory=Interval)
    """Says when checkpoints are due."""
