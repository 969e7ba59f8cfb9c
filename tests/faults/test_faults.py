"""The operator under faults: a short set; `make test-faults` plays all of it."""

from collections.abc import Iterator

import pytest

from tests.faults.case import Case
from tests.faults.ground import Ground, ground
from tests.faults.proxy import WATCHES, Fault
from tests.faults.seeded_bugs import BUGS
from tests.faults.stories import STORIES
from tests.faults.sweep import SECONDS, References, findings, play_all, references, with_faults

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]
BY_NAME = {story.name: story for story in STORIES}
SHORT = ["done", "changed while running", "Job deleted while down"]
"""With a kill after each write, and with every bad watch."""
ANSWERED = ["unchecked"]
"""With each wrong answer to each write."""


@pytest.fixture(scope="module")
def field() -> Iterator[Ground]:
    """A control plane for cases."""
    with ground("faults-test") as made:
        yield made


@pytest.fixture(scope="module")
def known(field: Ground) -> References:
    """How each story ends with nothing wrong, which is right in itself."""
    return references(field, STORIES)


def wrong(
    field: Ground, known: References, cases: list[Case], seconds: float = SECONDS
) -> list[str]:
    found = findings(known, play_all(field, cases, seconds))
    return [f"{case}: {complaints}" for case, complaints in found.items()]


ENDS = {
    "done": "Done Published",
    "unchecked": "Done Published",
    "bad data": "Failed DatasetValidationError",
    "bad values": "Failed InvalidHyperparametersError",
    "too long": "Failed TimeoutError",
    "retried": "Done Published",
    "retries exhausted": "Failed DiskFullError",
    "nothing published": "Failed ModelNotPublished",
    "reused": "Done Reused",
    "invalid, then mended": "Done Published",
    "evicted": "Done Published",
    "changed while running": "Done Published",
    "changed when done": "Done Published",
    "suspended and resumed": "Done Published",
    "created suspended": "Done Published",
    "Job deleted": "Failed JobDeleted",
    "cleaned up": "Done Published",
    "deleted": "None None",
    "deleted and created again": "Done Published",
    "ended while down": "Done Published",
    "Job deleted while down": "Failed JobDeleted",
    "deleted while down": "None None",
    "replaced while down": "Done Published",
    "changed while down": "Done Published",
    "wiped while running": "Done Published",
}


def test_every_story_ends_well_with_nothing_wrong(known: References) -> None:
    ends = {name: f"{o.end['phase']} {o.end['reason']}" for name, o in known.items()}
    assert ends == ENDS


@pytest.mark.parametrize("name", SHORT)
def test_a_kill_after_any_write_changes_nothing(
    field: Ground, known: References, name: str
) -> None:
    cases = list(with_faults(BY_NAME[name], known[name], ["killed"]))
    assert len(cases) > 3
    assert wrong(field, known, cases) == []


@pytest.mark.parametrize("name", ANSWERED)
@pytest.mark.parametrize("what", ["409", "422", "429", "500", "hangs", "dropped"])
def test_a_bad_answer_to_any_write_changes_nothing(
    field: Ground, known: References, name: str, what: str
) -> None:
    assert wrong(field, known, list(with_faults(BY_NAME[name], known[name], [what]))) == []


def test_a_bad_watch_changes_nothing(field: Ground, known: References) -> None:
    cases = [Case(BY_NAME[name], watch=watch) for name in SHORT for watch in WATCHES]
    assert wrong(field, known, cases) == []


CATCHES = {
    "status_of_first_event_only": Case(BY_NAME["unchecked"], Fault("500", 1)),
    "names_instead_of_uids": Case(BY_NAME["replaced while down"]),
    "no_terminal_guard": Case(BY_NAME["cleaned up"]),
    "generated_names": Case(BY_NAME["unchecked"], Fault("killed", 3)),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_mistake_is_caught(field: Ground, known: References, bug: str) -> None:
    right = CATCHES[bug]
    case = Case(right.story, right.fault, bug=bug)
    assert wrong(field, known, [right]) == []
    assert wrong(field, known, [case], seconds=20.0) != []
