"""The command `sbert-trainer evaluate`: in a pod from a task file, on a laptop from kubectl's YAML.

Torch is loaded only once the input is known to be good. Every end has an exit code of the contract.
"""

import argparse
from pathlib import Path

from sbert_api import names
from sbert_api.evaluation_file import EvaluationFile
from sbert_api.evaluation_result import Evaluated
from sbert_api.reasons import EVALUATION_HINTS
from sbert_trainer.command_line import (
    add_task_arguments,
    run_watched,
    set_up_libraries,
    volumes_of,
)
from sbert_trainer.errors import TrainingTimeoutError
from sbert_trainer.evaluation_inputs import prepare_evaluation
from sbert_trainer.evaluation_task import read_evaluation
from sbert_trainer.evaluation_words import (
    LOCAL_EVALUATION_HINTS,
    outcome_lines,
    summary,
)
from sbert_trainer.loading import without_collections
from sbert_trainer.log import say
from sbert_trainer.outcome import write_message
from sbert_trainer.prepare import Volumes
from sbert_trainer.watch import Watch

DESCRIPTION = """\
Judge the model of an EvaluationTask by the rows of a dataset, and compare it with a baseline. The
same YAML works with `kubectl apply`. A trainingTaskRef is found among the models trained here.
"""
EXAMPLE = """\
example:
  sbert-trainer evaluate examples/evaluate.yaml --datasets examples/data --models models

  writes models/MODEL/evaluations/NAME.json         all scores, intervals and digests
         models/MODEL/evaluations/NAME.report.html  the page for people

Exit code 0: evaluated, whatever came out. Any other: the line before the last says why, the last
what to do about it.
"""


def add_evaluate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command and its options."""
    parser = commands.add_parser(
        "evaluate",
        help="judge the model of a task, and compare it with another",
        description=DESCRIPTION,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_task_arguments(parser, names.EVALUATION_KIND, "the results")


def evaluate_command(arguments: argparse.Namespace) -> int:
    """Evaluate; returns the exit code."""
    volumes = volumes_of(arguments)

    def report(result: Evaluated) -> None:
        for line in outcome_lines(result):
            say(line)
        for line in summary(result, volumes.models) if arguments.file else []:
            say(line)
        write_message(result, arguments.termination_log)

    return run_watched(
        lambda watch: _run(arguments, volumes, watch),
        report,
        arguments,
        volumes,
        LOCAL_EVALUATION_HINTS if arguments.file else EVALUATION_HINTS,
    )


def _run(arguments: argparse.Namespace, volumes: Volumes, watch: Watch) -> Evaluated:
    task = _given(arguments, volumes.models)
    seconds = task.spec.timeout_seconds
    too_long = f"the evaluation took longer than {seconds} s"
    watch.end_after(seconds, TrainingTimeoutError(too_long))
    inputs = prepare_evaluation(task, volumes)
    set_up_libraries()
    with without_collections():
        from sbert_trainer.evaluate import evaluate  # noqa: PLC0415 - torch takes seconds

    return evaluate(task, inputs, volumes.models)


def _given(arguments: argparse.Namespace, models: Path) -> EvaluationFile:
    if not arguments.file:
        return read_evaluation(arguments.task)
    from sbert_trainer.local_evaluation import read_local_evaluation  # noqa: PLC0415 - loads YAML

    return read_local_evaluation(arguments.file, models, arguments.name, arguments.device)
