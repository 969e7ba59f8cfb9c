"""Weights without torch and numpy: which files are whole, and which numbers are finite."""

import math
import random
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbert_trainer.errors import TrainingModelWeightsNotFoundError
from sbert_trainer.validation.finite import check_finite
from sbert_trainer.validation.safetensors_file import Tensor, read_tensors
from tests.unit.trainer.builders import safetensors

CODES = {"F64": "d", "F32": "f", "F16": "e"}
CHUNK = 1 << 18
"""Bytes that are looked at in one go; a fault may lie at either end of one."""
EDGES = [
    sign | bits
    for sign in (0, 0x8000)
    for bits in (0, 1, 0x7BFF, 0x7C00, 0x7C01, 0x7F7F, 0x7F80, 0x7F81, 0x7FFF)
]
"""The largest numbers, infinity and NaN of both 16-bit types."""


def is_finite(path: Path, dtype: str, start: int = 0) -> bool:
    tensor = Tensor(path, "w", dtype, (1,), start, path.stat().st_size)
    try:
        check_finite([tensor], path.parent)
    except TrainingModelWeightsNotFoundError:
        return False
    return True


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weights")


@given(st.sampled_from(EDGES) | st.integers(0, 2**16 - 1), st.sampled_from(["F16", "BF16"]))
def test_m07_every_number_of_16_bits_is_judged_right(folder: Path, bits: int, dtype: str) -> None:
    """A bfloat16 is the upper half of a float."""
    as_bytes = struct.pack("<H", bits)
    value = (
        struct.unpack("<e", as_bytes) if dtype == "F16" else struct.unpack("<f", b"\0\0" + as_bytes)
    )
    path = folder / "number"
    path.write_bytes(b"\0\0" + as_bytes + b"\0\0")
    assert is_finite(path, dtype) == math.isfinite(value[0])


@given(
    st.sampled_from(["F32", "F64"]),
    st.floats(width=32, allow_nan=True, allow_infinity=True),
    st.integers(0, 5),
)
def test_m07_a_number_is_found_wherever_it_stands(
    folder: Path, dtype: str, value: float, place: int
) -> None:
    numbers = [3.4e38, -1e-45, 0.0, -0.0, 1.5, -3.4e38]
    numbers[place] = value
    path = folder / "numbers"
    path.write_bytes(struct.pack(f"<6{CODES[dtype]}", *numbers))
    assert is_finite(path, dtype) == math.isfinite(value)


@pytest.mark.parametrize("place", [0, CHUNK - 4, CHUNK, 2 * CHUNK, 2 * CHUNK + 96])
def test_m07_one_bad_number_in_half_a_million_bytes_is_found(tmp_path: Path, place: int) -> None:
    data = bytearray(random.Random(1).randbytes(2 * CHUNK + 100))
    data[3::4] = bytes(byte & 0x3F for byte in data[3::4])  # exponents far from the largest
    path = tmp_path / "w"
    path.write_bytes(b"x" * 3 + data)  # tensors may begin at odd bytes
    assert is_finite(path, "F32", start=3)
    data[place : place + 4] = struct.pack("<f", float("inf"))
    path.write_bytes(b"x" * 3 + data)
    assert not is_finite(path, "F32", start=3)


def test_whole_numbers_are_always_finite(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(b"\xff" * 64)
    assert is_finite(tmp_path / "w", "I64")


@pytest.mark.parametrize(
    ("dtype", "size"), [("F64", 8), ("F16", 2), ("BF16", 2), ("I64", 8), ("U8", 1), ("BOOL", 1)]
)
def test_every_common_type_is_known(tmp_path: Path, dtype: str, size: int) -> None:
    path = tmp_path / "x.safetensors"
    entry = {"dtype": dtype, "shape": [2, 3], "data_offsets": [0, 6 * size]}
    path.write_bytes(safetensors({"w": entry, "__metadata__": {"format": "pt"}}, b"\0" * 6 * size))
    assert list(read_tensors(path, tmp_path)) == ["w"]
    assert read_tensors(path, tmp_path)["w"].shape == (2, 3)


def test_tensors_in_any_order_and_without_elements_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    header = {
        "late": {"dtype": "F32", "shape": [], "data_offsets": [4, 8]},
        "none": {"dtype": "F32", "shape": [0, 7], "data_offsets": [4, 4]},
        "early": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
    }
    path.write_bytes(safetensors(header))
    found = read_tensors(path, tmp_path)
    start = path.stat().st_size - 8
    assert (found["early"].start, found["late"].end) == (start, start + 8)


@given(st.data())
def test_m06_no_change_of_bytes_ends_in_anything_but_a_refusal(
    folder: Path, data: st.DataObject
) -> None:
    path = folder / "x.safetensors"
    content = bytearray(safetensors())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 9))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        found = read_tensors(path, folder)
    except TrainingModelWeightsNotFoundError:
        return
    assert sum(tensor.end - tensor.start for tensor in found.values()) == 8
