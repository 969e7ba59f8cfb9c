"""Model folders that are really loaded: the forms that are taken, and that nothing else is run."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    Dense,
    Dropout,
    LayerNorm,
    Normalize,
    Pooling,
)

from sbert_trainer.model import load_model
from sbert_trainer.prepare import Volumes
from sbert_trainer.validation.model_files import check_model
from sbert_trainer.validation.model_folder import find_model
from tests.trainer.runs import distance, run, weights
from tests.unit.trainer.builders import a_task
from tests.unit.trainer.canary import Canary, listening
from tests.unit.trainer.model_folders import as_hub_cache, everything_in


def load(volumes: Volumes, tag: str = "base") -> SentenceTransformer:
    folder = find_model(volumes.models, tag)
    check_model(folder, volumes.models).check_numbers()
    return load_model(folder, "cpu")


def sharded(folder: Path) -> None:
    """Two shards and an index, as transformers saves models of many gigabytes."""
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(tensors)
    shard_of = {name: f"model-{n % 2}.safetensors" for n, name in enumerate(names)}
    for shard in set(shard_of.values()):
        part = {name: tensors[name] for name in names if shard_of[name] == shard}
        save_file(part, folder / shard, metadata={"format": "pt"})
    index = {"metadata": {}, "weight_map": shard_of}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


@pytest.mark.parametrize(
    ("tag", "place"),
    [
        pytest.param("base", "base", id="plain"),
        pytest.param("trained_models/mine", "trained_models/mine", id="trained"),
        pytest.param("a/b/c/d", "a/b/c/d", id="nested"),
        pytest.param("models--org--name", "models--org--name/snapshots/abc", id="hub cache"),
        pytest.param("my/models--org--name", "my/models--org--name/snapshots/abc", id="both"),
        pytest.param("shards", "shards", id="sharded"),
    ],
)
def test_a_good_model_is_loaded_with_its_own_weights(
    volumes: Volumes, tiny_model: Path, tag: str, place: str
) -> None:
    folder = volumes.models / place
    if not folder.exists():
        shutil.copytree(tiny_model, folder)
    if "snapshots" in place:
        as_hub_cache(folder)
    if tag == "shards":
        sharded(folder)
    model = load(volumes, tag)
    expected = SentenceTransformer(str(tiny_model), device="cpu").encode(["w1x1 w2x2"])
    assert (model.encode(["w1x1 w2x2"]) == expected).all()


def test_a_model_of_a_hub_cache_is_trained_and_its_cache_left_alone(volumes: Volumes) -> None:
    cache = volumes.models / "models--org--name"
    (cache / "snapshots").mkdir(parents=True)
    as_hub_cache((volumes.models / "base").rename(cache / "snapshots" / "abc"))
    before = everything_in(cache)
    published = run(volumes, modelTag=cache.name)
    assert everything_in(cache) == before
    trained = weights(volumes.models / published.model_id)
    assert distance(trained, weights(cache / "snapshots" / "abc")) > 0


def test_every_kind_of_module_that_is_taken_can_be_trained(volumes: Volumes) -> None:
    model = SentenceTransformer(str(volumes.models / "base"), device="cpu")
    modules = [model[0], Pooling(32), Dense(32, 16), LayerNorm(16), Dropout(0.1), Normalize()]
    shutil.rmtree(volumes.models / "base")
    whole = SentenceTransformer(modules=modules, device="cpu")
    whole.save_pretrained(str(volumes.models / "base"), create_model_card=False)
    found = run(volumes)
    trained = load_file(volumes.models / found.model_id / "2_Dense" / "model.safetensors")
    before = load_file(volumes.models / "base" / "2_Dense" / "model.safetensors")
    assert not torch.equal(trained["linear.weight"], before["linear.weight"])


def test_a_trained_model_with_all_that_was_kept_is_a_base_model(volumes: Volumes) -> None:
    first = run(volumes, saveEachEpoch=True)
    folder = volumes.models / first.model_id
    assert (folder / "epochs" / "epoch-1" / "model.safetensors").is_file()
    (folder / "evaluations").mkdir()
    (folder / "evaluations" / "later.json").write_text("{}")
    second = run(volumes, a_task("trained_models/next", modelTag=first.model_id, learningRate=1e-3))
    assert weights(volumes.models / second.model_id).keys() == weights(folder).keys()


def test_m13_what_lies_beside_the_weights_is_never_run(volumes: Volumes, tmp_path: Path) -> None:
    canary, folder = Canary(tmp_path), volumes.models / "base"
    for name in ("training_args.bin", "optimizer.pt", "pytorch_model.bin", "1_Pooling/model.bin"):
        (folder / name).write_bytes(canary.pickle())
    torch.save({"w": 1}, folder / "scheduler.pt")
    for name in ("modeling_bert.py", "tokenization_bert.py", "configuration_bert.py", "bert.py"):
        (folder / name).write_text(canary.module())
    (folder / "chat_template.jinja").write_text("{{ ''.__class__.__mro__ }}")
    before = everything_in(volumes.models)
    with listening(canary):
        published = run(volumes)
    assert (canary.sings, canary.heard) == (False, [])
    after = everything_in(volumes.models)
    assert {name: facts for name, facts in after.items() if name in before} == before
    suffixes = {path.suffix for path in (volumes.models / published.model_id).rglob("*")}
    assert suffixes.isdisjoint({".bin", ".pt", ".py"})
