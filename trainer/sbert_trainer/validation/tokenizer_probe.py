"""Loads a tokenizer.json and tries it, in a process of its own: `tokenizer` starts it.

A tokenizer of unknown origin can ask for any amount of memory, crash the library that loads it, or
hold a regular expression that needs for ever. Limits of this process stop the first; the library
itself gives up on the last, on texts of one character repeated at the latest.
"""

import json
import resource
import sys

_MEMORY_BYTES = 4 << 30
_CPU_SECONDS = 60
_RUNS = ("a", "A", "é", "1", " ", "\n", ".", "_", "aA", "a1", "a ", "a.")
"""Repeated, these are what expressions such as (a+)+$ or (\\w|\\d)*x need for ever for."""
_RUN_LENGTH = 64


def main() -> None:
    """Write {"tokens", "largest"} as JSON to standard output, or {"error"}."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = _tried(sys.argv[1])
    except BaseException as error:  # the library's panics are no Exception
        found = {"error": f"{str(error) or type(error).__name__}"[:300]}
    print(json.dumps(found))


def _tried(path: str) -> dict[str, object]:
    from tokenizers import Tokenizer  # noqa: PLC0415 - under the limits

    tokenizer = Tokenizer.from_file(path)
    for run in _RUNS:
        for end in ("", "!", "z", "\n"):
            tokenizer.encode(run * _RUN_LENGTH + end)
    ids = tokenizer.get_vocab(with_added_tokens=True).values()
    return {"tokens": len(ids), "largest": max(ids, default=-1)}


if __name__ == "__main__":
    main()
