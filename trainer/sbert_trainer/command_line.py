"""What the commands `train` and `evaluate` have in common: their arguments, and how they end."""

import argparse
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from sbert_api import names
from sbert_api.reasons import Reason
from sbert_trainer.cpus import let_idle_threads_sleep
from sbert_trainer.errors import TrainerError
from sbert_trainer.local_words import as_local
from sbert_trainer.memory import keep_memory
from sbert_trainer.outcome import DEFAULT_LOG, as_trainer_error, report_failure
from sbert_trainer.prepare import Volumes
from sbert_trainer.watch import Watch

_Result = TypeVar("_Result")


def add_task_arguments(parser: argparse.ArgumentParser, kind: str, results: str) -> None:
    """Tell the parser where a task of `kind` comes from; `results` are put below --models."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("file", nargs="?", type=Path, metavar="FILE.yaml", help=f"the {kind}")
    source.add_argument(
        "--task",
        type=Path,
        default=Path(names.TASK_FILE),
        metavar="FILE.json",
        help="in a pod, instead of FILE.yaml: the operator's task file",
    )
    parser.add_argument("--datasets", type=Path, metavar="DIR", help="folder with <id>.jsonl files")
    parser.add_argument(
        "--models", type=Path, metavar="DIR", help=f"folder with model folders; also for {results}"
    )
    parser.add_argument("--name", help=f"which {kind}, if FILE.yaml holds several")
    parser.add_argument("--device", help="cpu, cuda, cuda:N or auto, whatever FILE.yaml says")
    parser.add_argument(
        "--termination-log",
        type=Path,
        default=DEFAULT_LOG,
        metavar="FILE",
        help="where the result is written as JSON, as in a pod",
    )
    parser.set_defaults(parser=parser)


def volumes_of(arguments: argparse.Namespace) -> Volumes:
    """In a pod both are mounted where the contract says; elsewhere they must be named."""
    parser: argparse.ArgumentParser = arguments.parser
    if arguments.file and not (arguments.datasets and arguments.models):
        parser.error("FILE.yaml needs --datasets DIR and --models DIR")
    if not arguments.file and (arguments.name or arguments.device):
        parser.error("--name and --device need a FILE.yaml")
    return Volumes(
        arguments.datasets or Path(names.DATASETS_PATH), arguments.models or Path(names.MODELS_PATH)
    )


def run_watched(
    run: Callable[[Watch], _Result],
    report: Callable[[_Result], None],
    arguments: argparse.Namespace,
    volumes: Volumes,
    hints: Mapping[Reason, str],
) -> int:
    """Run, and report the result or what went wrong; returns the exit code.

    `hints` say what to do where an error itself does not know.
    """
    log: Path = arguments.termination_log

    def fail(error: TrainerError) -> None:
        if arguments.file:
            error.hint = as_local(error.hint)
        report_failure(error, log, hints)

    watch = Watch(fail)
    watch.start()
    try:
        result = run(watch)
    except Exception as error:
        failure = as_trainer_error(error, volumes.models)
        watch.release()
        fail(failure)
        return failure.exit_code
    watch.release()
    report(result)
    return 0


def set_up_libraries() -> None:
    """What the libraries hear only before they are loaded: ask no network, burn no CPU, and give no
    memory back that the next step takes again."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    let_idle_threads_sleep()
    keep_memory()
