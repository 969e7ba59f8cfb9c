"""The run in which nothing goes wrong: its model, its file operations, its phases."""

import re
from dataclasses import dataclass

from tests.trainer.crash.laboratory import Laboratory
from tests.trainer.crash.trial import Trial
from tests.trainer.crash.verdict import Model, operations, phases, published_model, stderr

_IN_PLACE = re.compile(r"^os.rename .*/checkpoints/step-(\d+)$")


@dataclass(frozen=True)
class Reference:
    """The uninterrupted run."""

    trial: Trial
    model: Model
    operations: list[str]
    """Kind and path of each; the first has number 1."""
    phases: list[str]

    def numbers(self, pattern: str) -> list[int]:
        """The numbers of the operations whose kind and path match a regular expression."""
        found = re.compile(pattern)
        return [n for n, line in enumerate(self.operations, start=1) if found.search(line)]

    def durable_step(self, number: int) -> int:
        """The step of the newest checkpoint that was in place before an operation; 0 if none."""
        names = (_IN_PLACE.search(line) for line in self.operations[: number - 1])
        return max((int(name[1]) for name in names if name), default=0)


def uninterrupted(lab: Laboratory, bug: str = "") -> Reference:
    """Run it."""
    trial = lab.a_trial(bug=bug)
    code = lab.run(trial)
    assert code == 0, stderr(trial)
    model = published_model(trial)
    assert model, "nothing was published"
    return Reference(trial, model, operations(trial), phases(trial))
