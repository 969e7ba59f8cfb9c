"""One case: a story, with one thing that goes wrong; and whether its end is the right one."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sbert_api import names
from sbert_operator.steps import TRAIN
from tests.faults.kubelet import Json, Script
from tests.faults.operators import OperatorProcess
from tests.faults.proxy import Fault, Proxy
from tests.faults.stories import Story
from tests.faults.world import JobRefusedError, NotConvergedError, World

QUIET_SECONDS = 0.8
"""So long nothing may happen any more after a story's end."""
JOB_CREATED = re.compile(r"POST /apis/batch/v1/namespaces/[^/]+/jobs (\S+) 201")


@dataclass(frozen=True)
class Case:
    """A story and what goes wrong in it."""

    story: Story
    fault: Fault | None = None
    watch: str = ""
    bug: str = ""

    def __str__(self) -> str:
        wrong = self.fault or (f"watch {self.watch}" if self.watch else "nothing wrong")
        return f"{self.story.name}, {wrong}" + (f", bug {self.bug}" if self.bug else "")


@dataclass(frozen=True)
class Outcome:
    """What came of a case."""

    end: Json
    writes: list[str]
    seconds: float
    complaints: list[str]
    """What must not happen, whatever goes wrong."""


def play(case: Case, ground: Any, folder: Path, seconds: float) -> Outcome:
    """Play a case in a namespace of its own. Never raises for what the operator did."""
    began = time.monotonic()
    proxy = Proxy(case.fault, case.watch)
    close = ground.proxies.open(proxy)
    namespace, script = ground.namespace(), case.story.script()
    operator = OperatorProcess(folder / namespace, namespace, proxy.port, case.bug)
    proxy.on_kill = operator.kill_and_start
    ground.kubelet.play(namespace, script)
    world = World(ground.api, namespace, script, ground.kubelet, operator, seconds)
    operator.start()
    complaints: list[str] = []
    try:
        case.story.tell(world)
        rest(world, proxy)
    except NotConvergedError as error:
        complaints.append(str(error))
    except JobRefusedError:
        rest(world, proxy)
    finally:
        end = end_of(world)
        complaints += forbidden(world, script, proxy)
        operator.kill()
        ground.kubelet.forget(namespace)
        ground.remove(namespace)
        close()
    return Outcome(end, proxy.writes, time.monotonic() - began, complaints)


def rest(world: World, proxy: Proxy) -> None:
    """Wait until nothing is written any more."""
    quiet_since, seen = time.monotonic(), len(proxy.writes)
    deadline = quiet_since + world.seconds
    while time.monotonic() - quiet_since < QUIET_SECONDS:
        world.operator.keep_alive()
        if len(proxy.writes) != seen:
            quiet_since, seen = time.monotonic(), len(proxy.writes)
        if time.monotonic() > deadline:
            raise NotConvergedError(f"it never rests: {proxy.writes[-3:]}")
        time.sleep(0.1)


def end_of(world: World) -> Json:
    """What must be the same whatever went wrong: neither times nor short-lived phases."""
    status = world.status()
    return {
        "phase": status.get("phase"),
        "reason": status.get("reason"),
        "model": bool(status.get("trainedModelId")),
        "failure": status.get("failure", {}).get("reason"),
        "run": {k: status.get("run", {}).get(k) for k in ("step", "reused")},
        "history": [before(entry) for entry in status.get("history", [])],
        "conditions": {c["type"]: c["status"] for c in status.get("conditions", [])},
        "jobs": sorted(j.metadata.labels[names.STEP_LABEL] for j in world.own_jobs()),
    }


def before(entry: Json) -> str:
    """How a run before ended."""
    cut_off = entry["phase"] not in ("Done", "Failed")
    return "cut off" if cut_off else f"{entry['phase']} {entry.get('reason')}"


def forbidden(world: World, script: Script, proxy: Proxy) -> list[str]:
    """What must never happen: see the invariants of the design."""
    found = [f"at the same time ran {pods}" for pods in script.doubled]
    found += [f"{model} was trained more than once" for model in repeated(script.published)]
    status = world.status()
    model = status.get("trainedModelId")
    if model and model not in script.published and not status.get("run", {}).get("reused"):
        found.append(f"{model} was never published")
    made = [match[1] for write in proxy.writes if (match := JOB_CREATED.match(write))]
    found += [f"Job {name} was made twice" for name in repeated(made)]
    runs = world.applied + len(status.get("history", []))
    if len([name for name in made if name.endswith(TRAIN.suffix)]) > runs:
        found.append(f"{runs} runs had the Jobs {made}")
    return found


def repeated(names_: list[str]) -> list[str]:
    """Those that are there more than once."""
    return [name for name, count in Counter(names_).items() if count > 1]


def differences(reference: Json, found: Json) -> list[str]:
    """Where an end is not the one it should be."""
    return [
        f"{part}: {found[part]}, but {reference[part]} with nothing wrong"
        for part in reference
        if found[part] != reference[part]
    ]


def judged(case: Case, reference: Outcome, outcome: Outcome) -> list[str]:
    """All that is wrong with an outcome.

    A Job that the API server says is invalid is an end of its own: no other attempt could help.
    """
    refused = case.fault and case.fault.what == "422" and outcome.end["reason"] == "JobRefused"
    wrong = [] if refused else differences(reference.end, outcome.end)
    return wrong + outcome.complaints
