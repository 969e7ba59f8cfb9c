"""SIGKILL before each file operation of a run: nothing is lost and nothing half-done is seen.

Before some operations a process is killed indeed. For all of them one run keeps what lies on the
volume before each operation, which is what a kill there leaves, and attempts go on from that.
"""

import os

import pytest

from tests.trainer.crash.enumeration import wrong_after_kills, wrong_before
from tests.trainer.crash.laboratory import Laboratory
from tests.trainer.crash.reference import Reference
from tests.trainer.crash.states import kept
from tests.trainer.crash.trial import Trial
from tests.trainer.crash.verdict import operations, stderr

pytestmark = pytest.mark.timeout(2400)  # hundreds of processes

_EVERY = 12
"""Every so many operations are enough for a look at each part of a run."""


@pytest.fixture(scope="module")
def watched(lab: Laboratory, reference: Reference) -> Trial:
    """A run that kept its states."""
    trial = lab.a_trial(keep_operations=True)
    assert lab.run(trial) == 0, stderr(trial)
    assert operations(trial) == reference.operations
    return trial


def test_the_counter_sees_every_file_and_folder(reference: Reference) -> None:
    """Or the enumeration would leave some out."""
    seen = {line.partition(" ")[2] for line in reference.operations}
    (published,) = (reference.trial.models / "trained_models").iterdir()
    (work,) = (name for name in seen if name.endswith("/model"))
    names = {f"{work}/{path.relative_to(published)}" for path in published.rglob("*")}
    assert names <= seen


def test_a_kill_at_some_operations_changes_nothing(lab: Laboratory, reference: Reference) -> None:
    numbers = range(1, len(reference.operations) + 1, _EVERY)
    assert wrong_after_kills(lab, reference, numbers) == []


@pytest.mark.slow
def test_a_kill_at_every_operation_changes_nothing(
    lab: Laboratory, reference: Reference, watched: Trial
) -> None:
    print(f"{len(reference.operations)} file operations, {len(kept(watched))} states")

    def wrong(number: int) -> str:
        return wrong_before(number, lab, reference, lab.at_state(watched, number))

    assert lab.each(wrong, kept(watched)) == []


@pytest.mark.slow
def test_a_file_of_which_half_is_lost_before_its_fsync_is_not_believed(
    lab: Laboratory, reference: Reference, watched: Trial
) -> None:
    """Its first fsync: what one has made durable a later one cannot lose."""
    # Names such as .work and .step-3.new are folders.
    pattern = r"^os.fsync (?:.*/)?(?!\.step-)[^/]*[^/.][^/]*\.\w+$"
    lines = reference.operations
    numbers = [n for n in reference.numbers(pattern) if lines.index(lines[n - 1]) == n - 1]
    print(f"{len(numbers)} files")

    def wrong(number: int) -> str:
        torn = lab.at_state(watched, number)
        path = torn.models / lines[number - 1].partition(" ")[2]
        os.truncate(path, path.stat().st_size // 2)
        return wrong_before(number, lab, reference, torn)

    assert lab.each(wrong, numbers) == []
