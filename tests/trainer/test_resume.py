"""An interrupted training that goes on ends as one that was never interrupted, to the last bit."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from sbert_api.task_file import TaskFile
from sbert_trainer.checkpoints_interval import Interval
from sbert_trainer.checkpoints_manifest import CheckpointManifest, read_checkpoint
from sbert_trainer.prepare import Volumes
from tests.trainer.interrupted_runs import EVERY_STEP, attempt, interrupted, published
from tests.trainer.runs import names, some_rows
from tests.unit.trainer.builders import a_task, write_dataset

NEVER = Interval()
"""The whole run takes less than a minute."""

TASKS: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "several epochs with a model of each": {"epochs": 3, "saveEachEpoch": True},
    "evaluations between": {"epochs": 2, "evaluationSteps": 2},
    "the last weights": {"epochs": 2, "saveBestModel": False},
    "accumulated gradients": {
        "epochs": 2,
        "gradientAccumulationSteps": 3,
        "perDeviceTrainBatchSize": 4,
    },
    "data workers": {"epochs": 2, "dataloaderNumWorkers": 2},
    "the optimizer's state": {"epochs": 2, "saveOptimizerState": True},
    "hard restarts": {"epochs": 2, "scheduler": "warmupcosinewithhardrestarts", "warmupSteps": 3},
    "triplet loss": {"epochs": 2, "loss": "TripletLoss"},
    "the cached loss": {"epochs": 2, "loss": "CachedMultipleNegativesRankingLoss"},
    "the library's forward pass": {"epochs": 2, "forwardPass": "Stock"},
    **{
        f"optimizer {name}": {"epochs": 2, "optimizerName": name}
        for name in ("Adam", "SGD", "RMSprop", "Adagrad", "NAdam", "Adafactor")
    },
}


def whole_and_interrupted(
    volumes: Volumes, task: TaskFile, *after: int
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """What is published without interruptions, and with one in each attempt after so many steps."""
    attempt(volumes, task, NEVER)
    whole = published(volumes, task)
    shutil.rmtree(volumes.models / task.model_id)
    for steps in after:
        assert interrupted(volumes, task, steps).endswith("is kept")
    attempt(volumes, task, NEVER)
    return whole, published(volumes, task)


def assert_same(whole: dict[str, bytes], other: dict[str, bytes]) -> None:
    assert sorted(whole) == sorted(other)
    timed = {"README.md", "report.html"}
    assert [name for name in whole if whole[name] != other[name] and name not in timed] == []


def checkpoints_of(volumes: Volumes, task: TaskFile) -> Path:
    return volumes.models / ".work" / task.uid / task.run_key / "checkpoints"


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("fields", TASKS.values(), ids=TASKS)
def test_the_result_is_the_same_bit_by_bit(
    volumes: Volumes, fields: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    task = a_task(learningRate=1e-3, **fields)
    assert_same(*whole_and_interrupted(volumes, task, 2))
    assert "going on after step 2," in capsys.readouterr().err


def test_it_may_be_interrupted_after_every_step_at_epochs_ends_and_after_the_last(
    volumes: Volumes, capsys: pytest.CaptureFixture[str]
) -> None:
    task = a_task(learningRate=1e-3, epochs=2, evaluationSteps=4, saveEachEpoch=True)
    assert_same(*whole_and_interrupted(volumes, task, *[1] * 10))
    said = capsys.readouterr().err
    assert [step for step in range(11) if f"going on after step {step}," in said] == [*range(1, 11)]


def test_an_early_stop_comes_at_the_same_step(
    volumes: Volumes, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a learning rate so small that no evaluation is better than the first."""
    task = a_task(learningRate=1e-12, epochs=4, evaluationSteps=2, earlyStoppingPatience=3)
    assert_same(*whole_and_interrupted(volumes, task, 5))
    assert capsys.readouterr().err.count("the training was ended after step 8 of 20") == 2


def test_the_log_holds_each_step_once(volumes: Volumes) -> None:
    """An attempt that dies has logged steps that the next one does again."""
    task = a_task(learningRate=1e-3, epochs=2)
    interrupted(volumes, task, 3)
    with (checkpoints_of(volumes, task) / "training_log.jsonl").open("a") as file:
        file.write('{"step":4,"loss":0.0}\n')
    attempt(volumes, task, NEVER)
    lines = (volumes.models / task.model_id / "training_log.jsonl").read_text().splitlines()
    steps = [found["step"] for found in map(json.loads, lines) if "loss" in found]
    assert steps == list(range(1, 11))


def test_progress_goes_on_and_its_speed_is_that_of_this_attempt(
    volumes: Volumes, capsys: pytest.CaptureFixture[str]
) -> None:
    task = a_task(learningRate=1e-3, epochs=2)
    interrupted(volumes, task, 4)
    capsys.readouterr()
    attempt(volumes, task, NEVER)
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (first["step"], first["percentage"]) == (4, 40)
    assert "estimatedRemainingSeconds" not in first, "nothing of this attempt is known yet"


@pytest.mark.parametrize("change", ["data", "base model", "run"])
def test_a_checkpoint_of_something_else_is_not_taken_up(
    volumes: Volumes, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    task = a_task(learningRate=1e-3)
    interrupted(volumes, task, 3)
    if change == "data":
        (volumes.datasets / "faq.jsonl").unlink()
        write_dataset(volumes.datasets, "faq", *some_rows(41))
    elif change == "base model":
        config = volumes.models / "base" / "config.json"
        config.write_text(config.read_text() + "\n")
    else:
        task = a_task(run_key="another", learningRate=1e-3)
    attempt(volumes, task, NEVER)
    assert "going on after" not in capsys.readouterr().err
    if change == "data":  # the fixture looks whether the trainer changed it
        write_dataset(volumes.datasets, "faq", *some_rows(40))


def test_checkpoints_are_few_and_hold_no_pickle(
    volumes: Volumes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a pickle")

    for owner, name in [(torch, "load"), (torch, "save"), (pickle, "load"), (pickle, "Unpickler")]:
        monkeypatch.setattr(owner, name, refuse)
    task = a_task(learningRate=1e-3, epochs=2, saveOptimizerState=True)
    interrupted(volumes, task, 7)
    folder = checkpoints_of(volumes, task)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".safetensors", ".json", ".jsonl"}
    assert [name for name in names(folder) if name.startswith("step-")] == ["step-7"]
    attempt(volumes, task, NEVER)


@pytest.mark.parametrize("damage", [Path.unlink, flip_a_bit, truncate])
def test_a_checkpoint_with_any_file_damaged_is_not_believed(
    volumes: Volumes, damage: Callable[[Path], None]
) -> None:
    task = a_task(learningRate=1e-3, epochs=2, saveOptimizerState=True, saveEachEpoch=True)
    interrupted(volumes, task, 7)
    folder = checkpoints_of(volumes, task)
    good = CheckpointManifest.model_validate_json((folder / "step-7/MANIFEST.json").read_bytes())
    files = [folder / "step-7" / name for name in [*good.files, "MANIFEST.json"]]
    files += [folder.parent / name for name in good.kept]
    believed = []
    for file in files:
        content = file.read_bytes()
        damage(file)
        if read_checkpoint(folder / "step-7", folder.parent, good.origin) == good:
            believed.append(file)
        file.write_bytes(content)
    assert believed == []
    assert read_checkpoint(folder / "step-7", folder.parent, good.origin) == good


def test_a_damaged_checkpoint_is_put_aside_and_the_result_is_the_same(
    volumes: Volumes, capsys: pytest.CaptureFixture[str]
) -> None:
    task = a_task(learningRate=1e-3, epochs=2)
    attempt(volumes, task, EVERY_STEP)
    whole = published(volumes, task)
    shutil.rmtree(volumes.models / task.model_id)
    interrupted(volumes, task, 7)
    flip_a_bit(checkpoints_of(volumes, task) / "step-7" / "optimizer.safetensors")
    attempt(volumes, task, NEVER)
    assert (
        "the checkpoint of step 7 is not used: optimizer.safetensors is not as it was written"
        in (capsys.readouterr().err)
    )
    assert_same(whole, published(volumes, task))
