"""The command `sbert-trainer train`: in a pod from a task file, on a laptop from kubectl's YAML.

Torch is loaded only once the input is known to be good. Every end has an exit code of the contract.
"""

import argparse
from typing import TYPE_CHECKING

from sbert_api import names
from sbert_api.reasons import HINTS
from sbert_api.result import Published
from sbert_api.task_file import TaskFile
from sbert_trainer.command_line import (
    add_task_arguments,
    run_watched,
    set_up_libraries,
    volumes_of,
)
from sbert_trainer.loading import without_collections
from sbert_trainer.local_words import LOCAL_HINTS, summary
from sbert_trainer.log import say
from sbert_trainer.outcome import report_success
from sbert_trainer.prepare import Volumes, prepare
from sbert_trainer.published import find_published
from sbert_trainer.run_records import record
from sbert_trainer.task import read_task
from sbert_trainer.watch import Watch
from sbert_trainer.work_folder import WorkFolder

if TYPE_CHECKING:
    from sbert_trainer.local_task import LocalTask

DESCRIPTION = """\
Fine-tune the model of a TrainingTask and publish it below the folder of models. The same YAML works
with `kubectl apply`. An interrupted training goes on when the same command is run again.
"""
EXAMPLE = """\
example:
  sbert-trainer train examples/quickstart.yaml --datasets examples/data --models models

  reads  examples/data/handbook.jsonl             the trainDatasetIds of the task, one row a line
         models/models--sentence-transformers...  its modelTag: a folder of the model's files, or
                                                  one as it is in ~/.cache/huggingface/hub
  writes models/trained_models/...                the trained model; its name is said at the end

Exit code 0: the model is published. Any other: the line before the last says why, the last what to
do about it.
"""


def add_train_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell the parser what the command understands."""
    add_task_arguments(parser, names.KIND, "the result")


def train_command(arguments: argparse.Namespace) -> int:
    """Train; returns the exit code."""
    volumes = volumes_of(arguments)

    def report(result: Published) -> None:
        report_success(result, arguments.termination_log)
        for line in summary(result, volumes.models) if arguments.file else []:
            say(line)

    return run_watched(
        lambda watch: _run(arguments, volumes, watch),
        report,
        arguments,
        volumes,
        LOCAL_HINTS if arguments.file else HINTS,
    )


def _run(arguments: argparse.Namespace, volumes: Volumes, watch: Watch) -> Published:
    given = _given(arguments)
    with WorkFolder(volumes.models, given.uid, given.run_key) as work:
        task = given if isinstance(given, TaskFile) else given.begun(work.begun)
        watch.limit(work, task.spec.timeout_seconds)
        if done := find_published(volumes.models, task):
            say(f"{task.model_id} was published by an earlier attempt")
            record(volumes.models, done)
            return done
        inputs = prepare(task, volumes)
        set_up_libraries()
        with without_collections():
            from sbert_trainer.attempt import Attempt  # noqa: PLC0415 - torch takes seconds
            from sbert_trainer.train import train  # noqa: PLC0415

        attempt = Attempt(volumes.models, work, watch.release, watch.interruption)
        result = train(task, inputs, attempt)
        record(volumes.models, result)
        return result


def _given(arguments: argparse.Namespace) -> "TaskFile | LocalTask":
    if not arguments.file:
        return read_task(arguments.task)
    from sbert_trainer.local_task import read_local_task  # noqa: PLC0415 - loads YAML

    return read_local_task(arguments.file, arguments.name, arguments.device)
