"""The trainer's own command, in a process in which something goes wrong at a chosen moment."""

import os
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from transformers.conversion_mapping import get_checkpoint_conversion_mapping

import sbert_trainer.report.page
import sbert_trainer.train  # noqa: F401 - both are loaded once, before the forks
from sbert_trainer.commands import run_command
from sbert_trainer.report.charts import learning_rate_chart, loss_chart
from sbert_trainer.report.template import template
from tests.trainer.crash import kernel
from tests.trainer.crash.bugs import put_in
from tests.trainer.crash.durability import Durability
from tests.trainer.crash.events import happen
from tests.trainer.crash.operations import Operation, Operations
from tests.trainer.crash.pace import set_pace
from tests.trainer.crash.phases import note_phases
from tests.trainer.crash.states import stop_for_a_copy
from tests.trainer.crash.trial import Trial


def warm() -> None:
    """Do what every run would do anew: compile patterns and templates, load fonts."""
    get_checkpoint_conversion_mapping("bert")  # type: ignore[no-untyped-call]
    template("report.html.jinja")
    steps = [{"step": step, "loss": 1.0, "learningRate": 1.0} for step in (1, 2)]
    loss_chart(steps)
    learning_rate_chart(steps)


def run(trial: Trial) -> int:
    """What `sbert-trainer train` returns, if it returns."""
    _say_to(trial.folder)
    os.environ |= {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    witness = _Witness(trial)
    set_pace(trial.checkpoint_every)
    note_phases(witness.begins)
    put_in(trial.bug)
    if trial.read_only:
        kernel.make_read_only(trial.models)
    if trial.unprivileged:
        kernel.drop_privileges()
    Operations(trial.models, witness.operates).watch()
    sys.argv = ["sbert-trainer", *trial.arguments]
    if trial.count_calls or trial.keep_calls:
        sys.setprofile(witness.calls)
    code = run_command()
    sys.setprofile(None)
    witness.tell(code)
    return code


def _say_to(folder: Path) -> None:
    for number, name in ((1, "stdout"), (2, "stderr")):
        file = _new_file(folder / name)
        os.dup2(file, number)
        os.close(file)


def _new_file(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)


class _Witness:
    """Notes what the trainer does, and lets the trial's event happen at its moment."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._notes = _new_file(trial.folder / "notes")
        self._phases = _new_file(trial.folder / "phases")
        self._durability = Durability(trial.models) if trial.power_cut else None
        self._calls = 0

    def operates(self, operation: Operation) -> None:
        """A file operation is about to be done."""
        if self._durability:
            self._durability.meets(operation)
        path = operation.path.relative_to(self._trial.models)
        os.write(self._notes, f"{operation.kind} {path}\n".encode())
        if self._trial.keep_operations:
            stop_for_a_copy()
        if operation.number == self._trial.operation:
            happen(self._trial)

    def begins(self, phase: str) -> None:
        """A phase begins."""
        os.write(self._phases, f"{phase}\n".encode())
        if phase == self._trial.phase:
            happen(self._trial)

    def calls(self, frame: FrameType, event: str, argument: Any) -> None:
        """A function is called in this thread, or something else that is profiled."""
        if event in ("call", "c_call"):
            self._calls += 1
            if self._calls in self._trial.keep_calls:
                stop_for_a_copy()

    def tell(self, code: int) -> None:
        """Write what is known only when the trainer has returned."""
        (self._trial.folder / "calls").write_text(str(self._calls))
        if self._durability and code == 0:
            self._durability.look_at_shown(self._trial.published)
            (self._trial.folder / "lost").write_text("\n".join(self._durability.lost))
