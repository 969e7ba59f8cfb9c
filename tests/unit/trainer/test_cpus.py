"""How many CPUs are used."""

import os
from pathlib import Path

import pytest

from sbert_trainer.cpus import available_cpus, let_idle_threads_sleep

AFFINITY = len(os.sched_getaffinity(0))


@pytest.fixture(autouse=True)
def _no_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)


@pytest.mark.parametrize(
    ("limit", "cpus"),
    [
        ("max 100000", AFFINITY),
        ("100000 100000", 1),
        ("20000 100000", 1),
        ("150000 100000", min(2, AFFINITY)),
        ("99900000 100000", AFFINITY),
        ("nonsense", AFFINITY),
    ],
)
def test_a_container_s_limit_is_kept(tmp_path: Path, limit: str, cpus: int) -> None:
    (tmp_path / "cpu.max").write_text(limit)
    assert available_cpus(tmp_path / "cpu.max") == cpus


def test_without_a_limit_all_cpus_are_used(tmp_path: Path) -> None:
    assert available_cpus(tmp_path / "gone") == AFFINITY


def test_a_wish_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert available_cpus() == 7


def test_idle_threads_sleep_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    let_idle_threads_sleep()
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    let_idle_threads_sleep()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
