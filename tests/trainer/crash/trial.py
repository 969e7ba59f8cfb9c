"""What a process under test is to do and what goes wrong in it. Sent to the fork server as JSON."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

Event = Literal["", "killed", "terminated", "held", "full", "full of names"]
"""killed: by SIGKILL. terminated: SIGTERM arrives. held: the same, and the main thread does nothing
more. full: not a byte more fits on the model volume. full of names: not a file more fits.
"""


@dataclass(frozen=True)
class Trial:
    """One attempt. In `folder` lie the volumes, the task file and what the attempt writes."""

    folder: Path
    event: Event = ""
    """What happens at the one moment that is named by the next two."""
    operation: int = 0
    """Before the file operation of this number."""
    phase: str = ""
    """At the beginning of this phase."""
    checkpoint_every: int = 3
    """Steps."""
    keep_operations: bool = False
    """Keep what lies on the model volume before each file operation: see states.py."""
    keep_calls: tuple[int, ...] = ()
    """The same before the function calls of these numbers."""
    count_calls: bool = False
    """Note how many functions are called."""
    bug: str = ""
    """Name of the mistake that is put into the trainer."""
    power_cut: bool = False
    """Look for what a power cut could take away: `verdict.lost`."""
    read_only: bool = False
    """The model volume is mounted so."""
    unprivileged: bool = False
    """Permissions count, for root too."""
    models_folder: Path | None = None
    """Where the model volume is, if not in `folder`."""

    @property
    def datasets(self) -> Path:
        """The dataset volume."""
        return self.folder / "datasets"

    @property
    def models(self) -> Path:
        """The model volume."""
        return self.models_folder or self.folder / "models"

    @property
    def published(self) -> Path:
        """Where the one model is that a good attempt publishes."""
        (folder,) = (self.models / "trained_models").iterdir()
        return folder

    @property
    def log(self) -> Path:
        """What the attempt writes for the operator."""
        return self.folder / "log"

    @property
    def states(self) -> Path:
        """Where the states of the model volume are kept."""
        return self.folder / "states"

    @property
    def arguments(self) -> list[str]:
        """The trainer's, behind the name of the command."""
        return [
            *("train", "--task", str(self.folder / "task.json")),
            *("--datasets", str(self.datasets), "--models", str(self.models)),
            *("--termination-log", str(self.log)),
        ]

    def to_json(self) -> str:
        """One line."""
        return json.dumps(dataclasses.asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` wrote."""
        fields: dict[str, Any] = json.loads(text)
        for name in ("folder", "models_folder"):
            fields[name] = fields[name] and Path(fields[name])
        return cls(**fields)
