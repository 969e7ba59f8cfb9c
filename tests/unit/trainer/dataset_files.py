"""Reads datasets as a training does before it starts."""

from collections import deque
from pathlib import Path

import pytest

from sbert_trainer.errors import TrainerError
from sbert_trainer.validation.datasets import Findings, check_present


def check(folder: Path, *ids: str) -> Findings:
    """Read the datasets to their ends. Raises what a training would raise."""
    names = list(ids or ["faq"])
    check_present(folder, names)
    findings = Findings()
    for name in names:
        deque(findings.read(folder, name), maxlen=0)
    findings.faults.raise_any()
    return findings


def failure(folder: Path) -> TrainerError:
    """What is raised for `faq`."""
    with pytest.raises(TrainerError) as caught:
        check(folder)
    return caught.value
