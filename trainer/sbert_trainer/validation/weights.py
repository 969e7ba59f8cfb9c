"""Finds the safetensors files of a module. A pickle may lie beside them and is never opened."""

from pathlib import Path

from sbert_api.reasons import RUN_AGAIN
from sbert_trainer.errors import InvalidModelIdError, TrainingModelWeightsNotFoundError
from sbert_trainer.validation.model_json import name_in, read_object
from sbert_trainer.validation.modules_json import Module
from sbert_trainer.validation.safetensors_file import Tensor, read_tensors

_WITH_WEIGHTS = {"Transformer", "Dense", "LayerNorm", "WeightedLayerPooling"}
_WEIGHTS = "model.safetensors"
_INDEX = "model.safetensors.index.json"


def read_weights(module: Module, folder: Path) -> dict[str, Tensor]:
    """The tensors of one module of the model in `folder`, by name; none for one without weights.

    Raises TrainingModelWeightsNotFoundError for what is missing or damaged, InvalidModelIdError for
    a shard that lies elsewhere.
    """
    if module.kind not in _WITH_WEIGHTS:
        return {}
    whole, index = module.folder / _WEIGHTS, module.folder / _INDEX
    if whole.is_file() or whole.is_fifo():
        return read_tensors(whole, folder)
    if module.kind == "Transformer" and index.is_file():
        return _from_shards(index, folder)
    raise _no_weights(module, folder)


def _from_shards(index: Path, folder: Path) -> dict[str, Tensor]:
    shard_of = _shards(index, folder)
    shards = {
        shard: read_tensors(index.parent / shard, folder) for shard in sorted({*shard_of.values()})
    }
    for name, shard in shard_of.items():
        if name not in shards[shard]:
            raise TrainingModelWeightsNotFoundError(
                f"{name_in(index, folder)}: looked for {name[:80]} in {shard}; it is not there"
            )
    return {name: shards[shard][name] for name, shard in shard_of.items()}


def _shards(index: Path, folder: Path) -> dict[str, str]:
    """The file of each tensor, by the tensor's name."""
    found = read_object(index, folder).get("weight_map")
    if not isinstance(found, dict) or not found:
        raise TrainingModelWeightsNotFoundError(f"{name_in(index, folder)}: found no weight_map")
    for shard in found.values():
        if (
            not isinstance(shard, str)
            or Path(shard).name != shard
            or not shard.endswith(".safetensors")
        ):
            raise InvalidModelIdError(
                f"{name_in(index, folder)}: shard {str(shard)[:80]!r},"
                " expected *.safetensors beside it"
            )
    return found


def _no_weights(module: Module, folder: Path) -> TrainingModelWeightsNotFoundError:
    names = (_WEIGHTS, _INDEX) if module.kind == "Transformer" else (_WEIGHTS,)
    looked_for = " and ".join(name_in(module.folder / name, folder) for name in names)
    pickles = sorted(p.name for p in module.folder.glob("*.bin"))[:3]
    if pickles:
        return TrainingModelWeightsNotFoundError(
            f"looked for {looked_for}; found only {', '.join(pickles)}, which can run code when"
            " loaded and is never opened",
            hint="Convert the weights: model.save_pretrained(folder, safe_serialization=True),"
            f" then {RUN_AGAIN}.",
        )
    return TrainingModelWeightsNotFoundError(f"looked for {looked_for}; it is not there")
