"""saveOptimizerState: what an optimizer learned goes on in a later task, if it fits."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.optim import AdamW

from sbert_trainer.errors import TrainingModelWeightsNotFoundError
from sbert_trainer.optimizer_state import save_state, start_from, state_of
from sbert_trainer.prepare import Volumes
from tests.trainer.runs import distance, names, run, weights
from tests.unit.trainer.builders import a_spec, a_task

SAVED = a_task().model_id


def then(volumes: Volumes, path: str, **fields: Any) -> Path:
    """The folder of a model that was trained from the saved one."""
    task = a_task(modelTag=SAVED, outputPath=path, learningRate=1e-3, **fields)
    run(volumes, task)
    return volumes.models / task.model_id


def forget(volumes: Volumes) -> None:
    """Take the state away, and what the manifest says of it does not matter then."""
    folder = volumes.models / SAVED / "optimizer"
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


@pytest.mark.parametrize("name", ["AdamW", "Adafactor", "Adagrad", "NAdam", "RMSprop"])
def test_a_later_task_starts_from_it(
    volumes: Volumes, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    run(volumes, saveOptimizerState=True, optimizerName=name)
    assert names(volumes.models / SAVED / "optimizer") == ["state.json", "state.safetensors"]
    with_it = then(volumes, "with", optimizerName=name)
    assert "the optimizer starts from its state after step 5" in capsys.readouterr().err
    forget(volumes)
    without = then(volumes, "without", optimizerName=name)
    assert "the optimizer starts from" not in capsys.readouterr().err
    assert distance(weights(with_it), weights(without)) > 1e-6


def test_it_is_that_of_the_published_weights(volumes: Volumes) -> None:
    """One task of two epochs, or two of one: the second moments of Adam are the same."""
    fields: dict[str, Any] = {"scheduler": "constantlr", "saveOptimizerState": True}
    result = run(volumes, epochs=3, evaluationSteps=1, **fields)
    state = json.loads((volumes.models / SAVED / "optimizer" / "state.json").read_text())
    manifest = json.loads((volumes.models / result.model_id / "MANIFEST.json").read_text())
    assert state["step"] == manifest["publishedStep"]
    assert state["optimizerName"] == "AdamW"
    tensors = load_file(volumes.models / SAVED / "optimizer" / "state.safetensors")
    assert {name.rpartition(".")[2] for name in tensors} == {"step", "exp_avg", "exp_avg_sq"}
    assert {float(t) for name, t in tensors.items() if name.endswith(".step")} == {state["step"]}


def test_another_optimizer_starts_without_it(
    volumes: Volumes, capsys: pytest.CaptureFixture[str]
) -> None:
    run(volumes, saveOptimizerState=True)
    then(volumes, "other", optimizerName="RMSprop")
    assert "is not used: it is AdamW's, optimizerName is RMSprop" in capsys.readouterr().err


def test_a_state_that_does_not_fit_is_not_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    narrow, wide = nn.Linear(2, 2), nn.Linear(3, 2)
    optimizer = AdamW(narrow.parameters())
    narrow(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    save_state(state_of(optimizer, narrow, 1), a_spec(), tmp_path)
    other = AdamW(wide.parameters())
    start_from(other, wide, tmp_path / "optimizer")
    assert "is not used: it does not fit weight" in capsys.readouterr().err
    assert other.state_dict()["state"] == {}


def test_a_state_that_was_changed_is_refused(volumes: Volumes) -> None:
    run(volumes, saveOptimizerState=True)
    path = volumes.models / SAVED / "optimizer" / "state.json"
    path.write_text(path.read_text().replace("5", "6"))
    with pytest.raises(TrainingModelWeightsNotFoundError) as caught:
        then(volumes, "second")
    assert caught.value.message == (
        "optimizer/state.json: expected the optimizer's state as MANIFEST.json describes it, found"
        " other bytes"
    )


def test_it_is_not_kept_unless_asked_for(volumes: Volumes) -> None:
    run(volumes)
    assert "optimizer" not in names(volumes.models / SAVED)
