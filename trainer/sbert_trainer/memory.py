"""How memory is taken from the system: large blocks are kept when they are freed.

A training step frees and takes the same blocks of many MiB again and again. By default the C
library gives each back to the kernel, which clears it page by page when it is taken the next time.
"""

import ctypes
import os

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
"""Of mallopt(3), glibc's malloc.h."""


def keep_memory() -> bool:
    """Keep freed memory for the next step, in huge pages; whether the C library is one that can.

    Huge pages are only heard of before torch is loaded. What is taken at most does not change: a
    step's blocks are those of the step before.
    """
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # not glibc
        return False
    return bool(mallopt(_M_MMAP_MAX, 0) and mallopt(_M_TRIM_THRESHOLD, -1))
