"""`make test-faults`: every story with every fault at every write, and with every bad watch.

Writes benchmarks/results/operator/faults.json with the cases, and what was found. Ends with 1 if
anything was.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from devcluster.paths import CHECKOUT
from tests.faults.case import Case, Outcome, judged, play
from tests.faults.ground import Ground, case_folder, ground
from tests.faults.proxy import WATCHES, WHATS, Fault
from tests.faults.stories import STORIES, Story

RESULTS = CHECKOUT / "benchmarks" / "results" / "operator" / "faults.json"
AT_ONCE = 12
"""They wait more than they work."""
SECONDS = 60.0
"""Within which a story has to go on, whatever goes wrong. The longest that is right is a Job's
backoff of 20 s after the operator's own of some seconds."""
Found = dict[Case, list[str]]
References = dict[str, Outcome]


def play_all(made: Ground, cases: Iterable[Case], seconds: float = SECONDS) -> dict[Case, Outcome]:
    """Play cases side by side."""

    def one(case: Case) -> tuple[Case, Outcome]:
        outcome = play(case, made, case_folder(made), seconds)
        return case, outcome

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(pool.map(one, cases))


def references(made: Ground, stories: Iterable[Story]) -> References:
    """Each story with nothing wrong. What comes of it must be right itself."""
    outcomes = play_all(made, [Case(story) for story in stories])
    for case, outcome in outcomes.items():
        assert not outcome.complaints, f"{case}: {outcome.complaints}"
    return {case.story.name: outcome for case, outcome in outcomes.items()}


def with_faults(story: Story, reference: Outcome, whats: Iterable[str]) -> Iterator[Case]:
    """The story with each of these faults at each of its writes."""
    for what in whats:
        for number in range(1, len(reference.writes) + 1):
            yield Case(story, Fault(what, number))


def all_cases(stories: Iterable[Story], known: References) -> Iterator[Case]:
    """Everything."""
    for story in stories:
        yield from with_faults(story, known[story.name], WHATS)
        yield from (Case(story, watch=watch) for watch in WATCHES)


def findings(known: References, outcomes: dict[Case, Outcome]) -> Found:
    """Cases whose end is wrong, and what is wrong."""
    found = {
        case: judged(case, known[case.story.name], outcome) for case, outcome in outcomes.items()
    }
    return {case: wrong for case, wrong in found.items() if wrong}


def summary(known: References, outcomes: dict[Case, Outcome], seconds: float) -> dict[str, Any]:
    """What is kept of a sweep."""
    found = findings(known, outcomes)
    by = Counter(case.fault.what if case.fault else f"watch {case.watch}" for case in outcomes)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "seconds": round(seconds),
        "stories": {name: len(outcome.writes) for name, outcome in known.items()},
        "cases": len(outcomes),
        "casesByFault": dict(sorted(by.items())),
        "findings": {str(case): wrong for case, wrong in found.items()},
    }


def taken_up(before: dict[str, Any], again: dict[str, Any]) -> dict[str, Any]:
    """A sweep of everything, with what was found of some stories when they were played again."""
    played = tuple(f"{name}, " for name in again["stories"])
    others = {c: w for c, w in before["findings"].items() if not c.startswith(played)}
    repeats = before.get("playedAgain", {}) | dict.fromkeys(again["stories"], again["date"])
    return {**before, "findings": others | again["findings"], "playedAgain": repeats}


def main() -> int:
    """Play everything; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--story", action="append", help="again, into the results; default: all")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    stories = [s for s in STORIES if not options.story or s.name in options.story]
    began = time.monotonic()
    with ground("faults") as made:
        known = references(made, stories)
        cases = list(all_cases(stories, known))
        print(f"{len(stories)} stories, {len(cases)} cases", flush=True)
        outcomes: dict[Case, Outcome] = {}
        for story in stories:
            outcomes |= play_all(made, [case for case in cases if case.story is story])
            wrong = findings(known, {c: o for c, o in outcomes.items() if c.story is story})
            passed = f"{time.monotonic() - began:.0f} s"
            print(f"{story.name}: {len(wrong)} findings; {passed} so far", flush=True)
            for case, complaints in wrong.items():
                print(f"  {case}: {'; '.join(complaints)}", flush=True)
    found = summary(known, outcomes, time.monotonic() - began)
    if options.story and options.output.exists():
        found = taken_up(json.loads(options.output.read_text()), found)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    return 1 if found["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
