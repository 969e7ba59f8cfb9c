"""`sbert-trainer validate ID...`: what a training would say about datasets. Never imports torch."""

import argparse
import json
import os
import sys
from io import TextIOWrapper
from pathlib import Path

from sbert_api import names
from sbert_trainer.errors import DatasetValidationError, TrainerError, TrainingInterruptedError
from sbert_trainer.held_signals import let_signals_through
from sbert_trainer.log import say
from sbert_trainer.roles import Roles
from sbert_trainer.summary import Summary, summarise
from sbert_trainer.text_lengths import LengthSample
from sbert_trainer.validation.datasets import Findings, check_present
from sbert_trainer.validation.model_folder import find_model

_DESCRIPTION = """\
Check every row of datasets, as a training does before it starts, and say what is in them.
DIR/ID.jsonl: UTF-8, one JSON object a line, with the texts question, positive and negative."""
_EPILOG = """\
Each error is a line of its own on standard error: file:line: column: what, expected; do this.
Without --validation the rows are split as in a training with the default seed and fraction.

exit codes: 0 good, 10 and 11 no such id, 12 dataset missing, 13 model's files missing or damaged,
15 faults in the data, 30 interrupted, 32 the volume cannot be read; 2 wrong arguments.

example: sbert-trainer validate --datasets data handbook --validation handbook-validation"""


def add_validate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command and its options."""
    parser = commands.add_parser(
        "validate",
        help="check every row of datasets, without torch",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("ids", nargs="*", metavar="ID", help="datasets to train on, merged in this order")
    add(
        "--datasets",
        type=Path,
        default=names.DATASETS_PATH,
        metavar="DIR",
        help="the folder with the datasets (default: %(default)s)",
    )
    add("--validation", metavar="ID", help="the dataset that judges the model (valDatasetId)")
    add("--model", metavar="TAG", help="also check this model, and measure texts in its tokens")
    add(
        "--models",
        type=Path,
        default=names.MODELS_PATH,
        metavar="DIR",
        help="the folder with the models (default: %(default)s)",
    )
    add("--json", action="store_true", help="write everything to standard output as JSON")
    add(
        "--task",
        type=Path,
        metavar="FILE.json",
        help="in a pod, instead of all but the folders: check the task of the operator's task file,"
        " and look for an identical model that is published already",
    )
    add(
        "--termination-log",
        type=Path,
        default=names.TERMINATION_LOG,
        metavar="FILE",
        help="where the result of --task is written as JSON (default: %(default)s)",
    )
    parser.set_defaults(parser=parser)


def validate(arguments: argparse.Namespace) -> int:
    """Check what the arguments name; returns the exit code."""
    if not arguments.ids:
        arguments.parser.error("expected an ID of a dataset, or --task FILE.json")
    findings = Findings()
    failure: TrainerError | None = None
    summary: Summary | None = None
    try:
        let_signals_through()  # one that was held back is the interrupt that is caught below
        summary = _inspect(arguments, findings)
        findings.faults.raise_any()
    except KeyboardInterrupt:
        failure = TrainingInterruptedError("interrupted before everything was read")
    except TrainerError as error:
        failure = error
    except Exception as error:
        from sbert_trainer.outcome import as_trainer_error  # noqa: PLC0415 - loads pydantic

        failure = as_trainer_error(error, arguments.datasets)
    if arguments.json:
        _write(json.dumps(_as_json(findings, failure, summary), indent=2))
        return failure.exit_code if failure else 0
    if failure:
        _say(failure, _hint(failure))
    if summary:
        _write("\n".join(summary.lines()))
    return failure.exit_code if failure else 0


def _inspect(arguments: argparse.Namespace, findings: Findings) -> Summary:
    """Raises TrainerError, and OSError for a volume that fails."""
    roles = Roles(arguments.ids, arguments.validation)
    roles.check()
    sample, limit = _measures(arguments)
    check_present(arguments.datasets, roles.all_ids)
    for dataset_id in roles.all_ids:
        for row in findings.read(arguments.datasets, dataset_id):
            sample.look_at(row)
    return summarise(findings, roles, sample, limit)


def _measures(arguments: argparse.Namespace) -> tuple[LengthSample, int | None]:
    """How texts are measured, and where the model cuts them."""
    plain = LengthSample({"characters": len, "words": lambda text: len(text.split())})
    if arguments.model is None:
        return plain, None
    # Only here: without a model, neither safetensors nor tokenizers need to be installed.
    from sbert_trainer.validation.model_files import check_model  # noqa: PLC0415
    from sbert_trainer.validation.token_counts import token_counter  # noqa: PLC0415

    folder = find_model(arguments.models, arguments.model)
    check_model(folder, arguments.models)
    counter = token_counter(folder)
    if counter is None:
        return plain, None
    return LengthSample({"tokens": counter.count}), counter.limit


def _say(failure: TrainerError, hint: str) -> None:
    """Data's errors as they are, so that an editor finds the line; others with their reason."""
    if isinstance(failure, DatasetValidationError):
        for line in failure.errors:
            say(line)
    else:
        say(f"{failure.reason}: {failure.message}")
    say(hint)


def _hint(failure: TrainerError) -> str:
    from sbert_trainer.local_words import LOCAL_HINTS, as_local  # noqa: PLC0415 - loads pydantic

    return as_local(failure.hint) or LOCAL_HINTS[failure.reason]


def _as_json(
    findings: Findings, failure: TrainerError | None, summary: Summary | None
) -> dict[str, object]:
    return {
        "valid": failure is None,
        "exitCode": failure.exit_code if failure else 0,
        "reason": failure and failure.reason,
        "message": failure and failure.message,
        "hint": failure and _hint(failure),
        "errors": [fault.as_json() for fault in findings.faults.shown],
        "errorCount": findings.faults.count,
        "summary": summary and summary.as_json(),
    }


def _write(text: str) -> None:
    """To standard output, whatever it can show, and quietly if nobody reads on (`| head`)."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Python flushes once more at its end: https://docs.python.org/3/library/signal.html
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
