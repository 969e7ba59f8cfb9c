"""One evaluation, from checked input to its results: a straight line in five steps."""

import time
from pathlib import Path

import torch

from sbert_api.evaluation_file import EvaluationFile
from sbert_api.evaluation_result import Evaluated
from sbert_trainer.compared import compare
from sbert_trainer.device import Device, FullPrecision, choose_device
from sbert_trainer.errors import (
    GpuOutOfMemoryError,
    NonFiniteLossError,
    TrainingModelWeightsNotFoundError,
)
from sbert_trainer.evaluation import Evaluation
from sbert_trainer.evaluation_inputs import CheckedModel, EvaluationInputs
from sbert_trainer.evaluation_output import write_results
from sbert_trainer.evaluation_record import EvaluationRecord
from sbert_trainer.forward_pass import describe, encode_of, is_packed
from sbert_trainer.log import say
from sbert_trainer.manifest import versions
from sbert_trainer.metrics import RowScores
from sbert_trainer.model import limit_length, load_model
from sbert_trainer.report.write import evaluation_page
from sbert_trainer.tokenizer_panic import tokenizer_panics_named


def evaluate(task: EvaluationFile, inputs: EvaluationInputs, models: Path) -> Evaluated:
    """Score the models of `task`, compare them and write the results. Raises TrainerError."""
    try:
        with tokenizer_panics_named():
            return _evaluate(task, inputs, models)
    except torch.OutOfMemoryError as error:
        raise _out_of_memory(task.spec.batch_size) from error


def _evaluate(task: EvaluationFile, inputs: EvaluationInputs, models: Path) -> Evaluated:
    spec, started = task.spec, time.monotonic()

    # 1. The device, before anything else touches CUDA.
    device = choose_device(FullPrecision(spec.device, spec.wants_gpu))

    # 2. What each model makes of each row. One is in memory at a time.
    packed = is_packed("Auto", device.kind)
    encode = encode_of(packed=packed, batch_size=spec.batch_size)
    evaluation = Evaluation(inputs.rows.triplets, encode)
    model = _judge(inputs.model, evaluation, device)
    baseline = _judge(inputs.baseline, evaluation, device) if inputs.baseline else None

    # 3. Compared, row by row.
    compared = compare(task, model, baseline)

    # 4. All that is known now.
    record = EvaluationRecord(
        task={"name": task.name, "namespace": task.namespace, "uid": task.uid},
        run_key=task.run_key,
        model=inputs.model.identity,
        baseline=inputs.baseline.identity if inputs.baseline else None,
        data=inputs.rows.facts,
        parameters=spec.as_json(),
        device=device.name,
        evaluation_seconds=round(time.monotonic() - started, 1),
        versions=versions(),
        **compared._asdict(),
    )

    # 5. Written beside the model.
    page = evaluation_page(record, model, baseline, inputs.rows.triplets)
    return record.result(write_results(models, record, page))


def _judge(checked: CheckedModel, evaluation: Evaluation, device: Device) -> RowScores:
    """What a model makes of each row. It cuts texts at its own limit, as it would in use."""
    model = load_model(checked.folder, device.kind)
    checked.files.check_unchanged()
    limit_length(model, None)
    say(f"{checked.identity.tag}: {describe(model, 'Auto', device.kind)}")
    try:
        return evaluation.judge(model)
    except NonFiniteLossError as error:
        raise TrainingModelWeightsNotFoundError(
            f"{checked.identity.tag}: the model's embeddings are not finite numbers",
            hint="Its weights are too large to be used: train it anew with a lower learningRate.",
        ) from error


def _out_of_memory(batch_size: int) -> GpuOutOfMemoryError:
    hint = f"Set batchSize to {batch_size // 2}." if batch_size > 1 else "Take a larger GPU."
    message = f"{batch_size} texts at a time do not fit the GPU's memory"
    return GpuOutOfMemoryError(message, hint)
