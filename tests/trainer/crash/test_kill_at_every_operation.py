"""SIGKILL before each file operation of a run: nothing is lost and nothing half-done is seen."""

import pytest

from tests.trainer.crash.enumeration import wrong_after_kills
from tests.trainer.crash.laboratory import Laboratory
from tests.trainer.crash.reference import Reference

pytestmark = pytest.mark.timeout(2400)  # hundreds of processes

_EVERY = 12
"""Every so many operations are enough for a look at each part of a run."""


def test_the_counter_sees_every_file_and_folder(reference: Reference) -> None:
    """Or the enumeration would leave some out."""
    seen = {line.partition(" ")[2] for line in reference.operations}
    (published,) = (reference.trial.models / "trained_models").iterdir()
    (work,) = (name for name in seen if name.endswith("/model"))
    names = {f"{work}/{path.relative_to(published)}" for path in published.rglob("*")}
    assert names <= seen


def test_a_kill_at_some_operations_changes_nothing(lab: Laboratory, reference: Reference) -> None:
    numbers = range(1, len(reference.operations) + 1, _EVERY)
    assert wrong_after_kills(lab, reference, "killed", numbers) == []


@pytest.mark.slow
def test_a_kill_at_every_operation_changes_nothing(lab: Laboratory, reference: Reference) -> None:
    print(f"{len(reference.operations)} file operations")
    numbers = range(1, len(reference.operations) + 1)
    assert wrong_after_kills(lab, reference, "killed", numbers) == []


@pytest.mark.slow
def test_a_file_of_which_half_is_lost_before_its_fsync_is_not_believed(
    lab: Laboratory, reference: Reference
) -> None:
    """Its first fsync: what one has made durable a later one cannot lose."""
    # Names such as .work and .step-3.new are folders.
    pattern = r"^os.fsync (?:.*/)?(?!\.step-)[^/]*[^/.][^/]*\.\w+$"
    operations = reference.operations
    numbers = [
        n for n in reference.numbers(pattern) if operations.index(operations[n - 1]) == n - 1
    ]
    print(f"{len(numbers)} files")
    assert wrong_after_kills(lab, reference, "torn", numbers) == []
