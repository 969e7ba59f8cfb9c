"""Reads the header of a safetensors file and judges it: every tensor's place, size and type.

The format: eight bytes with the header's length n (little-endian), n bytes of JSON that map each
tensor's name to {"dtype", "shape", "data_offsets"}, then the tensors' bytes without gap or overlap
(https://github.com/huggingface/safetensors, "Format"). Read by hand, as the library needs numpy.
"""

import json
import struct
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from sbert_api.reasons import RUN_AGAIN
from sbert_trainer.errors import TrainingModelWeightsNotFoundError, is_storage_trouble
from sbert_trainer.validation.model_json import check_kind, name_in

_LFS_POINTER = b"version https://git-lfs"
_MAX_HEADER_BYTES = 16 << 20
"""A model of 10,000 tensors has a header of one MiB."""
_MAX_DIMENSIONS = 8
_METADATA = "__metadata__"
_BITS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("BOOL", "I8", "U8", "F8_E4M3", "F8_E5M2"), 8),
}


class Tensor(NamedTuple):
    """Where a tensor lies."""

    path: Path
    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    """Its first byte in the file."""
    end: int


class _DamagedError(ValueError):
    """What was found instead of a whole safetensors file."""


def read_tensors(path: Path, folder: Path) -> dict[str, Tensor]:
    """All tensors of a file below the model `folder`, by name.

    Raises TrainingModelWeightsNotFoundError unless the whole file is as its header says.
    """
    name = name_in(path, folder)
    check_kind(path, folder)
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            start = file.read(max(8, len(_LFS_POINTER)))
            if start.startswith(_LFS_POINTER):
                raise TrainingModelWeightsNotFoundError(
                    f"{name}: found a Git LFS pointer, expected the weights themselves",
                    hint="Fetch the weights with `git lfs pull` and copy the folder again, then"
                    f" {RUN_AGAIN}.",
                )
            length = _header_length(start, size)
            file.seek(8)
            header = _parsed(file.read(length))
        return _placed(header, path, 8 + length, size)
    except (_DamagedError, OSError) as error:
        if is_storage_trouble(error):
            raise
        raise TrainingModelWeightsNotFoundError(
            f"{name}: expected a whole safetensors file, found: {error}"
        ) from error


def _header_length(start: bytes, size: int) -> int:
    if size < 8:
        raise _DamagedError(f"{size} bytes")
    length: int = struct.unpack("<Q", start[:8])[0]
    if length > min(_MAX_HEADER_BYTES, size - 8):
        raise _DamagedError(f"a header of {length} bytes in a file of {size}")
    return length


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text.decode(), object_pairs_hook=_once_each)
    except _DamagedError:
        raise
    except (ValueError, RecursionError) as error:
        raise _DamagedError("a header that is no JSON") from error
    if not isinstance(found, dict):
        raise _DamagedError("a header that is no JSON object")
    return found


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two entries of one name, one library would take the first, another the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DamagedError("a name that stands twice in the header")
    return found


def _placed(header: dict[str, Any], path: Path, first: int, size: int) -> dict[str, Tensor]:
    """The tensors, which must fill the file from byte `first` on without gap or overlap."""
    entries = [_tensor(path, name, e, first) for name, e in header.items() if name != _METADATA]
    if not entries:
        raise _DamagedError("no weights in it")
    at = first
    for tensor in sorted(entries, key=lambda tensor: (tensor.start, tensor.end)):
        if tensor.start != at:
            words = "overlaps the one before it" if tensor.start < at else "leaves a gap before it"
            raise _DamagedError(f"tensor {tensor.name[:80]!r} {words}")
        at = tensor.end
    if at != size:
        raise _DamagedError(f"{size} bytes where its header says {at}")
    return {tensor.name: tensor for tensor in entries}


def _tensor(path: Path, name: str, entry: object, first: int) -> Tensor:
    match entry:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [start, end]}:
            pass
        case _:
            raise _DamagedError(f"no dtype, shape and data_offsets for tensor {name[:80]!r}")
    if dtype not in _BITS:
        raise _DamagedError(f"tensor {name[:80]!r} of the unknown type {dtype[:20]!r}")
    if not _are_sizes([start, end]) or not _are_sizes(shape) or len(shape) > _MAX_DIMENSIONS:
        raise _DamagedError(f"tensor {name[:80]!r} with a shape or offsets that are no sizes")
    if (end - start) * 8 != prod(shape) * _BITS[dtype]:
        raise _DamagedError(
            f"tensor {name[:80]!r} of shape {shape} and type {dtype} in {end - start} bytes"
        )
    return Tensor(path, name, dtype, tuple(shape), first + start, first + end)


def _are_sizes(numbers: list[Any]) -> bool:
    return all(type(number) is int and 0 <= number < 1 << 63 for number in numbers)
