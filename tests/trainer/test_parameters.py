"""Every parameter does what it says: each one changes what is trained, saved or said."""

import re
from pathlib import Path
from typing import Any

import pytest
from sentence_transformers import SentenceTransformer
from torch import Tensor

from sbert_api.result import Published
from sbert_api.task_file import TaskFile
from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_trainer.prepare import Volumes
from sbert_trainer.training_log import TRAINING_LOG, read_log
from tests.trainer.runs import distance, names, run, weights
from tests.unit.trainer.builders import a_task

# Parameters that decide what is trained: a value that must lead to other weights than the default.
TRAINED: dict[str, dict[str, Any]] = {
    "epochs": {"epochs": 2},
    "perDeviceTrainBatchSize": {"perDeviceTrainBatchSize": 4},
    "learningRate": {"learningRate": 5e-4},
    "warmupSteps": {"warmupSteps": 3},
    "optimizerName Adam": {"optimizerName": "Adam"},
    "optimizerName SGD": {"optimizerName": "SGD"},
    "optimizerName RMSprop": {"optimizerName": "RMSprop"},
    "optimizerName Adagrad": {"optimizerName": "Adagrad"},
    "optimizerName NAdam": {"optimizerName": "NAdam"},
    "optimizerName Adafactor": {"optimizerName": "Adafactor"},
    "scheduler constantlr": {"scheduler": "constantlr"},
    "scheduler warmupcosine": {"scheduler": "warmupcosine"},
    "weightDecay": {"weightDecay": 0.5},
    "maxGradNorm": {"maxGradNorm": 0.01, "optimizerName": "SGD", "learningRate": 0.1},
    "maxGradNorm 0": {"maxGradNorm": 0, "optimizerName": "SGD", "learningRate": 0.1},
    "loss TripletLoss": {"loss": "TripletLoss"},
    "tripletMargin": {"loss": "TripletLoss", "tripletMargin": 0.5},
    "maxSeqLength": {"maxSeqLength": 8},
    "seed": {"seed": 43},
    "gradientAccumulationSteps": {"gradientAccumulationSteps": 2},
    "validationFraction": {"validationFraction": 0.3},
}
# What a value above is compared with, where that is not the default of everything.
AGAINST: dict[str, dict[str, Any]] = {
    "maxGradNorm": {"optimizerName": "SGD", "learningRate": 0.1},
    "maxGradNorm 0": {"optimizerName": "SGD", "learningRate": 0.1},
    "tripletMargin": {"loss": "TripletLoss"},
}
# Parameters that are tested by name below or in another file.
ELSEWHERE = {
    "modelTag": "test_training: a published model can be trained further",
    "trainDatasetIds": "test_data",
    "valDatasetId": "test_data",
    "useAmp": "test_device: in which precision; test_training: not on a CPU",
    "forwardPass": "test_packed_training: the same losses by another way; test_buckets",
    "earlyStoppingPatience": "below",
    "promoteIf": "test_gates: judged by the manifest's intervals",
    "showProgressBar": "test_progress, and below",
    "evaluationSteps": "below",
    "outputPath": "test_training: a published model can be trained further",
    "saveBestModel": "below",
    "saveEachEpoch": "below",
    "saveOptimizerState": "test_optimizer_state",
    "dataloaderNumWorkers": "below",
    "device": "test_training",
    "timeoutSeconds": "test_process",
}
# These decide what the operator does before a training or gives its pod; its own tests show what.
OPERATORS = {
    *("preflight", "reuse", "suspend", "queueName", "ttlSecondsAfterFinished"),
    *("storage", "resources", "nodeSelector", "tolerations", "backoffLimit"),
}


_trained: dict[str, dict[str, Tensor]] = {}
"""Weights by parameters: what others are compared with is trained once."""


def trained(volumes: Volumes, fields: dict[str, Any]) -> dict[str, Tensor]:
    """The weights after a training with these parameters."""
    key = str(sorted(fields.items()))
    if key not in _trained:
        _trained[key] = weights(volumes.models / run(volumes, a_short_task(**fields)).model_id)
    return _trained[key]


def a_short_task(**fields: Any) -> TaskFile:
    """A task whose model goes to a folder of its own."""
    path = f"out-{abs(hash(str(fields)))}"
    return a_task(**{"outputPath": path, "learningRate": 1e-3, **fields})


@pytest.mark.parametrize("name", TRAINED)
def test_a_parameter_changes_the_weights(volumes: Volumes, name: str) -> None:
    default = trained(volumes, AGAINST.get(name, {}))
    assert distance(default, trained(volumes, TRAINED[name])) > 1e-6


def test_every_parameter_of_the_api_is_tested() -> None:
    fields = {field.alias for field in TrainingTaskSpec.model_fields.values()}
    assert {name.split()[0] for name in TRAINED} | set(ELSEWHERE) | OPERATORS == (fields)


def test_each_parameter_that_is_tested_elsewhere_names_a_file_of_tests() -> None:
    there = {path.stem for path in Path(__file__).parents[1].rglob("test_*.py")}
    named = {name for words in ELSEWHERE.values() for name in re.findall(r"test_\w+", words)}
    assert named <= there


@pytest.mark.parametrize(
    ("fields", "shares"),
    [
        ({"scheduler": "warmuplinear"}, [1, 0.8, 0.6, 0.4, 0.2]),
        ({"scheduler": "warmuplinear", "warmupSteps": 3}, [0, 1 / 3, 2 / 3, 1, 0.5]),
        ({"scheduler": "constantlr", "warmupSteps": 2}, [0, 0.5, 1, 1, 1]),
    ],
    ids=["linear", "linear with a warm-up", "constant with a warm-up"],
)
def test_the_steps_of_a_run_use_the_learning_rates_of_warm_up_and_scheduler(
    volumes: Volumes, fields: dict[str, Any], shares: list[float]
) -> None:
    result = run(volumes, a_short_task(**fields))
    steps = read_log(volumes.models / result.model_id / TRAINING_LOG).steps
    assert [step["learningRate"] for step in steps] == pytest.approx([1e-3 * s for s in shares])


def test_the_cached_loss_trains_as_the_plain_one_does(volumes: Volumes) -> None:
    """It takes memory by parts; only dropout's random numbers are drawn in another order."""
    plain = run(volumes, perDeviceTrainBatchSize=36)
    cached = run(
        volumes,
        a_short_task(perDeviceTrainBatchSize=36, loss="CachedMultipleNegativesRankingLoss"),
    )
    assert cached.metrics.trained.mrr10 == pytest.approx(plain.metrics.trained.mrr10, abs=0.2)


def test_workers_prepare_the_same_batches(volumes: Volumes) -> None:
    alone = trained(volumes, {})
    assert distance(alone, trained(volumes, {"dataloaderNumWorkers": 2})) == 0


def test_evaluation_steps_say_when_the_model_is_scored(
    volumes: Volumes, capsys: pytest.CaptureFixture[str]
) -> None:
    run(volumes, a_short_task(epochs=2))
    assert scored_steps(capsys) == [5, 10]
    run(volumes, a_short_task(epochs=2, evaluationSteps=4))
    assert scored_steps(capsys) == [4, 8, 10]


def scored_steps(capsys: pytest.CaptureFixture[str]) -> list[int]:
    lines = capsys.readouterr().err.splitlines()
    return [int(line.split()[1][:-1]) for line in lines if ": tripletAccuracy" in line]


def test_the_best_weights_are_published_or_else_the_last(
    volumes: Volumes, capsys: pytest.CaptureFixture[str]
) -> None:
    """A learning rate that ruins the model in the end: the best evaluation is not the last."""
    fields: dict[str, Any] = {"epochs": 4, "learningRate": 0.1, "scheduler": "constantlr"}
    fields |= {"optimizerName": "Adam", "maxGradNorm": 0, "saveEachEpoch": True}
    best = run(volumes, a_short_task(saveBestModel=True, **fields))
    last = run(volumes, a_short_task(saveBestModel=False, **fields))
    said = [line for line in capsys.readouterr().err.splitlines() if "scored best" in line]
    (epoch,) = [int(line.split()[4]) // 5 for line in said]
    assert epoch < 4, "the data of this test no longer show a difference"
    for result, number in ((best, epoch), (last, 4)):
        folder = volumes.models / result.model_id
        assert distance(weights(folder), weights(folder / "epochs" / f"epoch-{number}")) == 0
    assert best.metrics.trained.triplet_accuracy >= last.metrics.trained.triplet_accuracy


def test_early_stopping_ends_after_so_many_evaluations_without_a_better_one(
    volumes: Volumes,
) -> None:
    """With a learning rate so small that no evaluation is better than the first."""
    fields: dict[str, Any] = {"learningRate": 1e-12, "epochs": 4, "evaluationSteps": 2}
    patient = run(volumes, a_short_task(earlyStoppingPatience=0, **fields))
    stopped = run(volumes, a_short_task(earlyStoppingPatience=3, **fields))
    assert last_step(volumes, patient) == 20
    assert last_step(volumes, stopped) == 8
    assert stopped.data.warnings[-1] == (
        "the training was ended after step 8 of 20: the last 3 evaluations were no better than that"
        " of step 2"
    )


def last_step(volumes: Volumes, result: Published) -> int:
    step: int = read_log(volumes.models / result.model_id / TRAINING_LOG).steps[-1]["step"]
    return step


@pytest.mark.parametrize("limit", [0.5, 0.01])
def test_a_step_of_clipped_gradients_is_as_long_as_the_limit(
    volumes: Volumes, limit: float
) -> None:
    """One step of plain gradient descent without decay moves the weights by rate x norm."""
    fields: dict[str, Any] = {
        "optimizerName": "SGD",
        "learningRate": 0.1,
        "scheduler": "constantlr",
        "weightDecay": 0,
        "perDeviceTrainBatchSize": 36,
        "maxGradNorm": limit,
    }
    result = run(volumes, a_short_task(**fields))
    before, after = weights(volumes.models / "base"), weights(volumes.models / result.model_id)
    moved = sum(float((after[name] - before[name]).square().sum()) for name in before) ** 0.5
    (step,) = read_log(volumes.models / result.model_id / TRAINING_LOG).steps
    assert step["gradNorm"] > limit, "the data of this test no longer show a difference"
    assert moved == pytest.approx(0.1 * limit, rel=0.01)


@pytest.mark.parametrize(
    ("save_each_epoch", "found"), [(True, ["epoch-1", "epoch-2"]), (False, [])]
)
def test_a_model_of_each_epoch_is_kept_if_wanted(
    volumes: Volumes, *, save_each_epoch: bool, found: list[str]
) -> None:
    result = run(volumes, epochs=2, saveEachEpoch=save_each_epoch)
    folder = volumes.models / result.model_id / "epochs"
    assert (names(folder) if folder.exists() else []) == found
    for name in found:
        assert SentenceTransformer(str(folder / name), device="cpu").encode("w1x1").shape == (32,)


@pytest.mark.parametrize("show", [True, False])
def test_the_progress_bar_is_shown_if_wanted(
    volumes: Volumes, capsys: pytest.CaptureFixture[str], *, show: bool
) -> None:
    run(volumes, showProgressBar=show)
    said = capsys.readouterr()
    assert ("] 100%  step 5/5" in said.err) == show
    assert said.out.count('{"event":"progress"') >= 2
