"""The operator of a case: one, whoever starts it again."""

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.faults import operators
from tests.faults.operators import OperatorProcess


class Recorded:
    """A process that only says whether it runs."""

    made: list["Recorded"] = []  # noqa: RUF012

    def __init__(self, **_: Any) -> None:
        self.alive = False
        self.made.append(self)

    def start(self) -> None:
        assert not self.alive
        threading.Event().wait(0.001)  # as long as a fork: another thread gets its turn
        self.alive = True

    def kill(self) -> None:
        self.alive = False

    def join(self, timeout: float) -> None:
        threading.Event().wait(0.001)

    def is_alive(self) -> bool:
        return self.alive


def test_a_kill_by_the_proxy_and_a_look_by_the_case_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorded, "made", [])
    monkeypatch.setattr(operators._context, "Process", Recorded, raising=False)
    operator = OperatorProcess(tmp_path, "team", 1)
    operator.start()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            operator.keep_alive()

    watcher = threading.Thread(target=look)
    watcher.start()
    for _ in range(50):
        operator.kill_and_start()
    ended.set()
    watcher.join()
    assert [process.alive for process in Recorded.made] == [False] * 50 + [True]
