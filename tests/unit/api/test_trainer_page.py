"""docs/trainer.md, written by hand, against the contract: each parameter, each exit code."""

from pathlib import Path

import pytest

from sbert_api.exit_codes import EXIT_CODES, ExitCode, Retry
from sbert_api.v1alpha1.training_task import TrainingTaskSpec

PAGE = (Path(__file__).parents[3] / "docs/trainer.md").read_text()
CLUSTER_ONLY = {
    *("preflight", "reuse", "suspend", "queueName", "ttlSecondsAfterFinished"),
    *("storage", "resources", "nodeSelector", "tolerations", "backoffLimit"),
}


def _cells(first: str) -> list[str]:
    """The table row that begins with `first`; exactly one does."""
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in line.split("|")[1:-1]]


@pytest.mark.parametrize("row", EXIT_CODES, ids=lambda row: row.reason)
def test_each_exit_code_is_explained(row: ExitCode) -> None:
    _, reason, again, words = _cells(str(row.code))
    assert reason == f"`{row.reason}`"
    assert (again == "yes") == (row.retry is Retry.COUNTS)
    assert words.endswith(".")


@pytest.mark.parametrize("name", TrainingTaskSpec.model_fields)
def test_each_parameter_is_explained_with_its_default(name: str) -> None:
    field = TrainingTaskSpec.model_fields[name]
    if field.alias in CLUSTER_ONLY:
        return
    _, default, words = _cells(f"`{field.alias}`")
    assert words
    if not field.is_required() and field.default is not None:
        assert _number(default) == _number(str(field.default))


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text.lower()
