"""What can be wrong with a model's folder, as functions that damage a good one."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.unit.trainer.builders import MODULES, TOKENIZER, safetensors
from tests.unit.trainer.canary import Canary

Damage = Callable[[Path, Canary], object]
"""Damages the model in a folder; code in it is to be the canary's."""

MIB64 = 64 << 20


def without(*names: str) -> Damage:
    def damage(folder: Path, _: Canary) -> None:
        for name in names:
            (folder / name).unlink()

    return damage


def emptied(folder: Path, _: Canary) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def weights(content: bytes) -> Damage:
    return lambda folder, _: (folder / "model.safetensors").write_bytes(content)


def written(name: str, content: object) -> Damage:
    text = content if isinstance(content, str) else json.dumps(content)
    return lambda folder, _: (folder / name).write_text(text)


def merged(name: str, **more: Any) -> Damage:
    """Fields added to one of the model's JSON files."""

    def damage(folder: Path, _: Canary) -> None:
        path = folder / name
        found = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(found | more))

    return damage


def module(**fields: Any) -> Damage:
    return written("modules.json", [MODULES[0] | fields, MODULES[1]])


def pickle_instead(folder: Path, canary: Canary) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(canary.pickle())


def harmless_pickle_instead(folder: Path, _: Canary) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"w": [0.0]}))


def pickle_named_as_safetensors(folder: Path, canary: Canary) -> None:
    (folder / "model.safetensors").write_bytes(canary.pickle())


def dense_from_a_pickle(folder: Path, canary: Canary) -> None:
    """The library knows an index of shards for the Transformer only, else it opens the pickle."""
    dense = {"type": "sentence_transformers.models.Dense", "path": "2_Dense"}
    written("modules.json", [*MODULES[:2], MODULES[2] | dense])(folder, canary)
    (folder / "2_Dense").mkdir()
    index = {"weight_map": {"w": "linear.safetensors"}}
    (folder / "2_Dense" / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "2_Dense" / "linear.safetensors").write_bytes(safetensors())
    (folder / "2_Dense" / "pytorch_model.bin").write_bytes(canary.pickle())
    (folder / "2_Dense" / "config.json").write_text('{"in_features": 2, "out_features": 2}')


def code_in_the_folder(name: str, key: str) -> Damage:
    """`name` says that a class of evil_module.py, which lies beside it, is to be used."""

    def damage(folder: Path, canary: Canary) -> None:
        (folder / "evil_module.py").write_text(canary.module())
        merged(name, **{key: {"AutoModel": "evil_module.Module"}})(folder, canary)

    return damage


def module_of_the_folder(folder: Path, canary: Canary) -> None:
    (folder / "evil_module.py").write_text(canary.module())
    module(type="evil_module.Module")(folder, canary)


def shell_command_as_path(folder: Path, canary: Canary) -> None:
    module(type="os.system", path=canary.shell())(folder, canary)


def shards(*files: str, tensors: tuple[str, ...] = ("w",)) -> Damage:
    """An index that names `files`; of these only good.safetensors is there, with the tensor w."""

    def damage(folder: Path, canary: Canary) -> None:
        (folder / "model.safetensors").rename(folder / "good.safetensors")
        index = {"weight_map": dict(zip(tensors, files, strict=True))}
        written("model.safetensors.index.json", index)(folder, canary)

    return damage


def linked_to(target: str) -> Damage:
    def damage(folder: Path, _: Canary) -> None:
        (folder / "model.safetensors").unlink()
        (folder / "model.safetensors").symlink_to(target)

    return damage


def huge_tokenizer(folder: Path, _: Canary) -> None:
    with (folder / "tokenizer.json").open("wb") as file:
        file.truncate(2 << 30)  # a hole: no disk is used


def tokenizer_with(**fields: Any) -> Damage:
    return written("tokenizer.json", TOKENIZER | fields)


def a_tensor(dtype: str, data: bytes, count: int, name: str = "w") -> bytes:
    return safetensors(
        {name: {"dtype": dtype, "shape": [count], "data_offsets": [0, len(data)]}}, data
    )


def an_embedding(rows: int) -> bytes:
    entry = {"dtype": "F32", "shape": [rows, 2], "data_offsets": [0, rows * 8]}
    return safetensors({"embeddings.word_embeddings.weight": entry}, b"\0" * rows * 8)


def larger_than_the_disk(folder: Path, _: Canary) -> None:
    """One byte for each weight, which the training turns into four; most of the file is a hole."""
    count = shutil.disk_usage(folder).free // 4 + MIB64
    header = {"w": {"dtype": "I8", "shape": [count], "data_offsets": [0, count]}}
    (folder / "model.safetensors").write_bytes(safetensors(header, b""))
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(file.seek(0, 2) + count)
