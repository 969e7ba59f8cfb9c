"""Memory that is freed is kept for the next step."""

import subprocess
import sys

import pytest

BLOCK = """
import ctypes, resource
from sbert_trainer.memory import keep_memory
{call}
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]

def take_and_free(size):
    block = libc.malloc(size)
    libc.memset(block, 1, size)
    libc.free(block)

take_and_free(2**26)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
take_and_free(2**26)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.parametrize(("call", "cleared_anew"), [("", True), ("assert keep_memory()", False)])
def test_a_large_block_that_is_taken_again_is_not_cleared_anew(
    call: str, *, cleared_anew: bool
) -> None:
    words = [sys.executable, "-c", BLOCK.format(call=call)]
    faults = int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    assert (faults > 1000) is cleared_anew
