"""The catalogue of bad model folders: each is refused in words, before torch is loaded, and nothing
of it is run. What only the libraries can find is in tests/trainer/test_bad_models.py.
"""

import importlib
import json
import os
import pickle
import shutil
import struct
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from sbert_trainer.errors import TrainerError
from sbert_trainer.prepare import Inputs
from tests.unit.trainer import bad_models as bad
from tests.unit.trainer.bad_models import Damage, merged, module, shards, weights, without, written
from tests.unit.trainer.builders import MODULES, a_model_folder, safetensors
from tests.unit.trainer.canary import Canary, listening
from tests.unit.trainer.model_folders import attempt, everything_in, some_volumes


class Row(NamedTuple):
    damage: Damage
    code: int
    says: str
    """Part of the message."""


TWO = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
TWICE = f'{{"w": {json.dumps(TWO)}, "w": {json.dumps(TWO)}}}'.encode()
NAN, INF = struct.pack("<f", float("nan")), struct.pack("<f", float("-inf"))
SPLIT_BOMB = {
    "type": "Split",
    "pattern": {"Regex": "(a+)+$"},
    "behavior": "Isolated",
    "invert": False,
}

ROWS = {
    "M01 empty": Row(bad.emptied, 13, "modules.json"),
    "M01 absent": Row(lambda folder, _: shutil.rmtree(folder), 11, "no such folder"),
    "M02 no weights": Row(without("model.safetensors"), 13, "model.safetensors"),
    "M02 no config": Row(without("config.json"), 13, "config.json"),
    "M02 no tokenizer": Row(without("tokenizer.json"), 13, "looked for a tokenizer"),
    "M02 no modules": Row(without("modules.json"), 13, "this is no sentence-transformers model"),
    "M02 no pooling": Row(without("1_Pooling/config.json"), 13, "1_Pooling/config.json"),
    "M03 a pickle": Row(bad.pickle_instead, 13, "pytorch_model.bin, which can run code"),
    "M03 a harmless pickle": Row(bad.harmless_pickle_instead, 13, "is never opened"),
    "M03 a pickle by another name": Row(bad.pickle_named_as_safetensors, 13, "a header of"),
    "M03 a pickle of a later module": Row(
        bad.dense_from_a_pickle, 13, "looked for 2_Dense/model.safetensors; found only pytorch"
    ),
    "M04 os.system": Row(bad.shell_command_as_path, 11, "'os.system'"),
    "M04 a module of the folder": Row(bad.module_of_the_folder, 11, "'evil_module.Module'"),
    "M04 Router": Row(module(type="sentence_transformers.models.Router"), 11, "models.Router"),
    "M04 an attribute": Row(
        module(type="sentence_transformers.models.Transformer.__class__"), 11, "__class__"
    ),
    "M04 auto_map": Row(bad.code_in_the_folder("config.json", "auto_map"), 11, "found auto_map"),
    "M04 auto_map of the tokenizer": Row(
        bad.code_in_the_folder("tokenizer_config.json", "auto_map"), 11, "found auto_map"
    ),
    "M04 auto_map deep inside": Row(
        merged("config.json", text_config={"parts": [{"auto_map": {}}]}), 11, "found auto_map"
    ),
    "M04 a kernel of the hub": Row(
        merged("config.json", _attn_implementation="evil/kernel"), 11, "which loads code"
    ),
    "M04 loading arguments": Row(
        written("sentence_bert_config.json", {"model_args": {"use_safetensors": False}}),
        11,
        "found 'use_safetensors' in model_args",
    ),
    "M04 a path as loading argument": Row(
        written("sentence_bert_config.json", {"tokenizer_args": {"vocab_file": "/etc/passwd"}}),
        11,
        "found 'vocab_file' in tokenizer_args",
    ),
    "M04 an adapter": Row(merged("adapter_config.json", r=8), 11, "found an adapter"),
    "M05 a path upwards": Row(module(path="../../x"), 11, "leads out of the model"),
    "M05 an absolute path": Row(module(path="/etc"), 11, "leads out of the model"),
    "M05 weights elsewhere": Row(
        merged("config.json", transformers_weights="../x.safetensors"), 11, "transformers_weights"
    ),
    "M06 nothing": Row(weights(b""), 13, "found: 0 bytes"),
    "M06 zeros": Row(weights(b"\0" * 64), 13, "a header that is no JSON"),
    "M06 truncated": Row(weights(safetensors()[:-1]), 13, "where its header says"),
    "M06 one byte more": Row(weights(safetensors() + b"x"), 13, "where its header says"),
    "M06 a header of 2^63": Row(weights(struct.pack("<Q", 2**63) + b"{}"), 13, "a header of 922"),
    "M06 a header that is no JSON": Row(weights(struct.pack("<Q", 4) + b"nope"), 13, "no JSON"),
    "M06 a header nested too deep": Row(
        weights(struct.pack("<Q", 200_000) + b"[" * 200_000), 13, "a header that is no JSON"
    ),
    "M06 a name twice": Row(
        weights(struct.pack("<Q", len(TWICE)) + TWICE + b"\0" * 8), 13, "stands twice"
    ),
    "M06 no tensors": Row(weights(safetensors({"__metadata__": {}}, b"")), 13, "no weights in it"),
    "M06 overlapping offsets": Row(
        weights(safetensors({"a": TWO, "b": TWO})), 13, "tensor 'b' overlaps the one before it"
    ),
    "M06 a gap": Row(
        weights(safetensors({"a": TWO | {"data_offsets": [8, 16]}}, b"\0" * 16)), 13, "a gap"
    ),
    "M06 another size than its type": Row(
        weights(safetensors({"w": TWO | {"dtype": "F64"}})), 13, "and type F64 in 8 bytes"
    ),
    "M06 another size than its shape": Row(
        weights(safetensors({"w": TWO | {"shape": [3]}})), 13, "of shape [3] and type F32 in 8"
    ),
    "M06 a negative shape": Row(
        weights(safetensors({"w": TWO | {"shape": [-1, -2]}})), 13, "that are no sizes"
    ),
    "M06 an unknown type": Row(weights(safetensors({"w": TWO | {"dtype": "F99"}})), 13, "'F99'"),
    "M06 no offsets": Row(weights(safetensors({"w": {"dtype": "F32"}})), 13, "data_offsets"),
    "M06 a missing shard": Row(shards("gone.safetensors"), 13, "gone.safetensors"),
    "M06 a missing tensor": Row(
        shards("good.safetensors", tensors=("v",)), 13, "looked for v in good.safetensors"
    ),
    "M06 a shard upwards": Row(shards("../x.safetensors"), 11, "expected *.safetensors beside it"),
    "M06 an absolute shard": Row(shards("/etc/passwd"), 11, "expected *.safetensors beside it"),
    "M06 a pickle as shard": Row(shards("shard.bin"), 11, "expected *.safetensors beside it"),
    "M07 NaN": Row(weights(bad.a_tensor("F32", b"\0" * 4 + NAN, 2)), 13, "weight w holds NaN"),
    "M07 infinity": Row(weights(bad.a_tensor("F32", INF * 2, 2)), 13, "weight w holds NaN or inf"),
    "M07 NaN in half precision": Row(
        weights(bad.a_tensor("BF16", b"\x80\x3f\xc0\x7f", 2)), 13, "weight w holds NaN"
    ),
    "M08 a tokenizer of another model": Row(
        merged("config.json", vocab_size=2), 13, "found the token id 2, expected ids below 2"
    ),
    "M08 an embedding of another model": Row(
        weights(bad.an_embedding(4)), 13, "found the shape [4, 2], expected 3 rows"
    ),
    "M08 another width": Row(
        merged("1_Pooling/config.json", embedding_dimension=3),
        13,
        "1_Pooling/config.json: takes embeddings of width 3, but Transformer yields 2",
    ),
    "M08 a cross-encoder": Row(
        written("modules.json", MODULES[:1]), 11, "a cross-encoder or sparse encoder"
    ),
    "M09 2 GB": Row(bad.huge_tokenizer, 13, f"found {2 << 30} bytes, expected at most {bad.MIB64}"),
    "M09 no JSON": Row(written("tokenizer.json", "{"), 13, "tokenizer.json: cannot be used: EOF"),
    "M09 nested too deep": Row(written("tokenizer.json", "[" * 100_000), 13, "cannot be used"),
    "M09 of an unknown kind": Row(
        bad.tokenizer_with(model={"type": "Evil"}), 13, "tokenizer.json: cannot be used"
    ),
    "M09 an expression that takes for ever": Row(
        bad.tokenizer_with(pre_tokenizer=SPLIT_BOMB), 13, "retry-limit-in-match over"
    ),
    "M09 a normalizer that crashes the library": Row(
        bad.tokenizer_with(normalizer={"type": "Precompiled", "precompiled_charsmap": "AAAA"}),
        13,
        "Cannot parse precompiled_charsmap",
    ),
    "M09 a configuration of 5 MB": Row(
        written("config.json", " " * (5 << 20)), 13, "config.json: found more than 4194304 bytes"
    ),
    "M10 weights outside the volume": Row(
        bad.linked_to("/etc/hostname"), 11, "a link that leads out of the model volume"
    ),
    "M10 a link that names itself": Row(
        bad.linked_to("model.safetensors"), 13, "looked for model.safetensors"
    ),
    "M10 a link to nothing": Row(bad.linked_to("gone"), 13, "looked for model.safetensors"),
    "M11 a Git LFS pointer": Row(
        weights(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
        13,
        "found a Git LFS pointer, expected the weights themselves",
    ),
    "M14 larger than the disk": Row(bad.larger_than_the_disk, 31, "the trained model needs"),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_bad_model_is_refused_and_nothing_of_it_is_run(
    row: Row, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    volumes, canary = some_volumes(tmp_path), Canary(tmp_path)
    row.damage(a_model_folder(volumes.models / "base"), canary)
    before = everything_in(tmp_path)
    with listening(canary):
        found = attempt(volumes)
    assert isinstance(found, TrainerError)
    assert (found.exit_code, row.says in found.message) == (row.code, True), found.message
    assert len(found.message.splitlines()) == 1
    assert (canary.sings, canary.heard) == (False, [])
    assert everything_in(tmp_path) == before, "a volume was changed"
    assert capfd.readouterr() == ("", "")


def test_m13_what_lies_beside_a_good_model_is_never_opened(tmp_path: Path) -> None:
    volumes, canary = some_volumes(tmp_path), Canary(tmp_path)
    folder = a_model_folder(volumes.models / "base")
    for name in ("training_args.bin", "optimizer.pt", "scheduler.pt", "pytorch_model.bin"):
        (folder / name).write_bytes(canary.pickle())
    for name in ("modeling_evil.py", "tokenization_evil.py", "json.py", "tokenizers.py"):
        (folder / name).write_text(canary.module())
    with listening(canary):
        assert isinstance(attempt(volumes), Inputs)
    assert (canary.sings, canary.heard) == (False, [])


@pytest.mark.parametrize("sung", ["pickle", "module", "shell"])
def test_the_canary_sings_if_something_is_run(
    sung: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = Canary(tmp_path)
    with listening(canary):
        if sung == "pickle":
            (tmp_path / "x.bin").write_bytes(canary.pickle())
            pickle.loads((tmp_path / "x.bin").read_bytes())
        elif sung == "module":
            (tmp_path / "evil_module.py").write_text(canary.module())
            monkeypatch.syspath_prepend(tmp_path)
            importlib.import_module("evil_module")
            del sys.modules["evil_module"]
        else:
            os.system(canary.shell())
    assert canary.sings
    assert canary.heard
