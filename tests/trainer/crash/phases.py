"""Tells where the trainer is, by the functions whose first calls begin its phases."""

import importlib
from collections.abc import Callable
from functools import partial, reduce
from typing import Any, NamedTuple


class _Beginning(NamedTuple):
    module: str
    function: str
    call: int = 1


PHASES = {
    "reading data": _Beginning("sbert_trainer.prepare", "load_data"),
    "loading torch": _Beginning("sbert_trainer.command_line", "let_idle_threads_sleep"),
    "loading the model": _Beginning("sbert_trainer.train", "load_model"),
    "scoring the base model": _Beginning("sbert_trainer.evaluation", "Evaluation.judge"),
    "step 1": _Beginning("sbert_trainer.fitting", "TripletTrainer.training_step", 1),
    "step 6": _Beginning("sbert_trainer.fitting", "TripletTrainer.training_step", 6),
    "step 12": _Beginning("sbert_trainer.fitting", "TripletTrainer.training_step", 12),
    "scoring": _Beginning("sbert_trainer.evaluation", "Evaluation.judge", 2),
    "saving": _Beginning("sbert_trainer.train", "save_model"),
    "loading again": _Beginning("sbert_trainer.train", "check_loads"),
    "publishing": _Beginning("sbert_trainer.train", "publish"),
}


def note_phases(begins: Callable[[str], None]) -> None:
    """Call `begins` at each phase's beginning, in the thread that it begins in."""
    for phase, beginning in PHASES.items():
        _wrap(beginning, partial(begins, phase))


def _wrap(beginning: _Beginning, begins: Callable[[], None]) -> None:
    *path, name = beginning.function.split(".")
    owner = reduce(getattr, path, importlib.import_module(beginning.module))
    plain = getattr(owner, name)
    calls = 0

    def wrapped(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == beginning.call:
            begins()
        return plain(*arguments, **named)

    setattr(owner, name, wrapped)
