"""`sbert-trainer validate --task`: what a training would say before it begins, without one.

The operator runs it in a small pod before it asks for a GPU. It must leave the volumes as they are,
keep out of the run's work folder and its clock, and never import torch.
"""

import argparse

from sbert_api.result import Checked, Published
from sbert_api.task_file import TaskFile
from sbert_api.v1alpha1.training_status import DataFacts
from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_trainer.errors import TrainingTimeoutError
from sbert_trainer.facts import with_warnings
from sbert_trainer.idle_parameters import idle_parameters
from sbert_trainer.outcome import as_trainer_error, report_checked, report_failure
from sbert_trainer.prepare import Volumes, check_base, say_facts, sources_of
from sbert_trainer.published import find_published
from sbert_trainer.run_records import find_recorded
from sbert_trainer.steps import check_parameters
from sbert_trainer.surveyed import SurveyedData, survey_data
from sbert_trainer.task import read_task
from sbert_trainer.volume import check_present, check_writable
from sbert_trainer.watch import Watch
from sbert_trainer.work_folder import path_of_work


def preflight(arguments: argparse.Namespace) -> int:
    """Check the task that the arguments name; returns the exit code."""
    if arguments.ids or arguments.validation or arguments.model or arguments.json:
        arguments.parser.error("--task names datasets and model itself")
    volumes = Volumes(arguments.datasets, arguments.models)
    log = arguments.termination_log
    watch = Watch(lambda error: report_failure(error, log))
    watch.start()
    try:
        task = read_task(arguments.task)
        seconds = task.spec.timeout_seconds
        watch.end_after(seconds, TrainingTimeoutError(f"the check took longer than {seconds} s"))
        checked = check_run(task, volumes)
    except Exception as error:
        failure = as_trainer_error(error, volumes.models)
        watch.release()
        report_failure(failure, log)
        return failure.exit_code
    watch.release()
    report_checked(checked, log)
    return 0


def check_run(task: TaskFile, volumes: Volumes) -> Checked:
    """Check a run, and look for its model or an identical one. Raises TrainerError and OSError.

    In the order of a training, which names the first of several faults as well.
    """
    models = volumes.models
    check_present(models)
    check_writable(path_of_work(models, task.uid, task.run_key), models, task.run_key)
    if mine := find_published(models, task):
        assert mine.content_key, "every manifest has one"
        return _checked(task, mine.content_key, mine.data, mine)
    base = check_base(task, models)
    data = survey_data(volumes.datasets, task.spec)
    check_parameters(task.spec, data.most_steps)
    facts = with_warnings(data.facts, _idle_parameters(task.spec, data))
    say_facts(facts)
    key = sources_of(task.spec, data.sources, base.files).content_key
    may_reuse = task.spec.reuse and not task.restarted
    same = find_recorded(models, key, task.spec.promote_if) if may_reuse else None
    if same is None:
        check_writable((models / task.model_id).parent, models, task.run_key)
    return _checked(task, key, facts, same)


def _idle_parameters(spec: TrainingTaskSpec, data: SurveyedData) -> list[str]:
    """Those that have no effect however many steps there are."""
    if_few = idle_parameters(spec, data.fewest_steps)
    if_many = idle_parameters(spec, data.most_steps)
    return [warning for warning in if_few if warning in if_many]


def _checked(task: TaskFile, key: str, data: DataFacts, reused: Published | None) -> Checked:
    return Checked(run_key=task.run_key, content_key=key, data=data, reused=reused)
