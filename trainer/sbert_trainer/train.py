"""One training, from checked input to published model: a straight line in nine steps."""

import torch

from sbert_api.result import Published
from sbert_api.task_file import TaskFile
from sbert_trainer.attempt import Attempt
from sbert_trainer.base_rows import recall_base_rows
from sbert_trainer.checkpoints import Checkpoints
from sbert_trainer.checkpoints_manifest import Origin
from sbert_trainer.data import check_unchanged
from sbert_trainer.data_workers import data_worker_error
from sbert_trainer.device import choose_device
from sbert_trainer.evaluation import Evaluation
from sbert_trainer.facts import with_warnings
from sbert_trainer.fitting import fit
from sbert_trainer.forward_pass import describe, encode_of, is_packed
from sbert_trainer.gpu_memory import gpu_out_of_memory
from sbert_trainer.intervals import Comparison
from sbert_trainer.lengths import warn_of_long_rows
from sbert_trainer.log import say
from sbert_trainer.manifest import Outcome, build_manifest, versions
from sbert_trainer.model import limit_length, load_model
from sbert_trainer.optimizer_state import save_state
from sbert_trainer.parts import build_parts, build_trainer
from sbert_trainer.prepare import Inputs
from sbert_trainer.publish import check_loads, publish, save_model
from sbert_trainer.published import as_result
from sbert_trainer.report.write import write_report
from sbert_trainer.tokenizer_panic import tokenizer_panics_named


def train(task: TaskFile, inputs: Inputs, attempt: Attempt) -> Published:
    """Train and publish the model of `task`, from the newest checkpoint if there is one.

    Raises TrainerError.
    """
    try:
        with tokenizer_panics_named():
            return _train(task, inputs, attempt)
    except torch.OutOfMemoryError as error:
        raise gpu_out_of_memory(task.spec) from error
    except RuntimeError as error:
        if failure := data_worker_error(error):
            raise failure from error
        raise


def _train(task: TaskFile, inputs: Inputs, attempt: Attempt) -> Published:
    work = attempt.work
    spec = task.spec

    # 1. The device, before anything else touches CUDA.
    device = choose_device(spec)

    # 2. The base model, with texts cut where the spec says.
    model = load_model(inputs.base.folder, device.kind)
    inputs.base.files.check_unchanged()
    facts = warn_of_long_rows(model, limit_length(model, spec.max_seq_length), inputs.data)
    say(describe(model, spec.forward_pass, device.kind))

    # 3. The newest checkpoint, and what the base model makes of the validation rows.
    checkpoints = Checkpoints(work.checkpoints, _origin(task, inputs))
    checkpoint = checkpoints.newest()
    packed = is_packed(spec.forward_pass, device.kind)
    evaluation = Evaluation(inputs.data.validation, encode_of(packed=packed))
    base = recall_base_rows(checkpoint) if checkpoint else evaluation.judge(model)

    # 4. The library's trainer, and what happens beside the steps.
    trainer = build_trainer(task, inputs, attempt, model, device)
    parts = build_parts(task, inputs, attempt, trainer, checkpoints, evaluation, base)

    # 5. Every step, or what is left of them after the checkpoint, or an error.
    with attempt.interruption.heeded():
        fit(trainer, inputs.steps, checkpoint, parts.stopping)
    parts.progress.end(trainer.state.global_step)

    # 6. The weights to publish, and what they make of the validation rows.
    trained = parts.keeper.finish(model, trainer.state.global_step)

    # 7. Saved, and loaded again.
    save_model(model, work.model)
    check_loads(model, work.model)
    parts.log.save(work.model)
    inputs.data.judged_by.save(work.model)
    if spec.save_optimizer_state:
        save_state(parts.optimizer_state.after(trained.step), spec, work.model)

    # 8. Compared with the base model, row by row.
    comparison = Comparison(base, trained.rows)
    measured = comparison.measured(spec.seed)
    outcome = Outcome(
        data=with_warnings(facts, parts.stopping.words(inputs.steps)),
        metrics=comparison.metrics(measured.intervals),
        intervals=measured.intervals,
        gate_intervals=measured.gates,
        published_step=trained.step,
        device=device.name,
        training_seconds=parts.timer.seconds,
    )
    manifest = build_manifest(task, inputs.sources, outcome)
    write_report(work.model, manifest, comparison, inputs.data.validation)

    # 9. Put in place by one rename, if the datasets are still what the card says.
    check_unchanged(inputs.data.sources)
    digest = publish(work.model, manifest, attempt.models, attempt.release)
    result = as_result(manifest, digest, spec.promote_if)
    return result.model_copy(update={"progress": parts.progress.last})


def _origin(task: TaskFile, inputs: Inputs) -> Origin:
    return Origin(
        run_key=task.run_key,
        data_digest=inputs.data.facts.digest,
        base_digest=inputs.sources.base_model.digest,
        versions=versions(),
    )
