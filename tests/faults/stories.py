"""What can happen to a task, from its creation to its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.kubelet import HOLD, WELL, Exit, Script
from tests.faults.world import World
from tests.unit.operator.builders import said_failed


def fails(code: int, reason: str, message: str) -> Exit:
    """A trainer that ends with an error and says which."""
    return Exit(code, json.dumps(said_failed(reason, message)))


BAD_DATA = fails(15, "DatasetValidationError", "faq.jsonl:7: no text")
BAD_VALUES = fails(16, "InvalidHyperparametersError", "maxSeqLength")
DISK_FULL = fails(31, "DiskFullError", "full")
TOO_LONG = fails(124, "TimeoutError", "7200 s")


@dataclass(frozen=True)
class Story:
    """A story and what its pods do."""

    name: str
    tell: Callable[[World], None]
    preflight: tuple[Exit, ...] = (WELL,)
    train: tuple[Exit, ...] = (WELL,)

    def script(self) -> Script:
        """The script of a case's pods."""
        return Script(list(self.preflight), list(self.train))


def done(world: World) -> None:
    world.apply()
    world.reaches("Done")


def unchecked(world: World) -> None:
    world.apply(preflight=False)
    world.reaches("Done")


def failed(world: World) -> None:
    world.apply()
    world.reaches("Failed")


def invalid_then_mended(world: World) -> None:
    failed(world)
    world.script.preflight[:] = [WELL]
    world.run_again()
    world.reaches("Done", run=2)


def evicted(world: World) -> None:
    world.apply(preflight=False, backoffLimit=0)
    world.reaches("Running")
    world.script.train[:] = [HOLD, WELL]
    world.kubelet.evict(world.namespace)
    world.reaches("Done")


def changed_while_running(world: World) -> None:
    world.apply(preflight=False)
    world.reaches("Running")
    world.script.train[:] = [WELL]
    world.edit(epochs=2)
    world.reaches("Done", run=2)


def changed_when_done(world: World) -> None:
    unchecked(world)
    world.edit(epochs=2)
    world.reaches("Done", run=2)


def suspended_and_resumed(world: World) -> None:
    world.apply(preflight=False)
    world.reaches("Running")
    world.edit(suspend=True)
    world.reaches("Suspended")
    world.script.train[:] = [HOLD, WELL]
    world.edit(suspend=False)
    world.reaches("Done")


def created_suspended(world: World) -> None:
    world.apply(suspend=True)
    world.reaches("Suspended")
    world.edit(suspend=False)
    world.reaches("Done")


def job_deleted(world: World) -> None:
    world.apply(preflight=False)
    world.reaches("Running")
    world.delete_job()
    world.reaches("Failed")


def cleaned_up(world: World) -> None:
    world.apply(preflight=False, ttlSecondsAfterFinished=1)
    world.reaches("Done")
    world.until(lambda: not world.jobs(), "the Jobs are gone")


def deleted(world: World) -> None:
    world.apply(preflight=False)
    world.reaches("Running")
    world.delete()
    world.until(lambda: not world.jobs(), "the Jobs are gone")


def deleted_and_created_again(world: World) -> None:
    world.apply(preflight=False)
    world.reaches("Running")
    world.script.train[:] = [WELL]
    world.delete()
    world.apply(preflight=False)
    world.reaches("Done")


def ended_while_down(world: World) -> None:
    world.apply(preflight=False)
    world.reaches("Running")
    world.operator.kill()
    world.script.train[:] = [WELL]
    world.until(lambda: world.script.published, "the model is published")
    world.operator.start()
    world.reaches("Done")


def job_deleted_while_down(world: World) -> None:
    world.apply(preflight=False)
    world.reaches("Running")
    world.operator.kill()
    world.delete_job()
    world.operator.start()
    world.reaches("Failed")


def deleted_while_down(world: World) -> None:
    world.apply(preflight=False)
    world.reaches("Running")
    world.operator.kill()
    world.delete()
    world.operator.start()
    world.until(lambda: not world.jobs(), "the Jobs are gone")


def replaced_while_down(world: World) -> None:
    world.apply(preflight=False)
    world.reaches("Running")
    world.operator.kill()
    world.script.train[:] = [WELL]
    world.delete()
    world.apply(preflight=False)
    world.operator.start()
    world.reaches("Done")


def changed_while_down(world: World) -> None:
    world.apply(preflight=False)
    world.reaches("Running")
    world.operator.kill()
    world.script.train[:] = [WELL]
    world.edit(epochs=2)
    world.operator.start()
    world.reaches("Done", run=2)


def wiped_while_running(world: World) -> None:
    world.apply(preflight=False)
    world.reaches("Running")
    world.wipe_status()
    world.reaches("Running")
    world.script.train[:] = [WELL]
    world.reaches("Done")


STORIES = (
    Story("done", done),
    Story("unchecked", unchecked),
    Story("bad data", failed, preflight=(BAD_DATA,)),
    Story("bad values", failed, train=(BAD_VALUES,)),
    Story("too long", failed, train=(TOO_LONG,)),
    Story(
        "retried",
        done,
        train=(
            DISK_FULL,
            WELL,
        ),
    ),
    Story("retries exhausted", failed, train=(DISK_FULL,)),
    Story("nothing published", failed, train=(Exit(0, ""),)),
    Story("reused", done, preflight=(Exit(reused="trained_models/twin"),)),
    Story("invalid, then mended", invalid_then_mended, preflight=(BAD_DATA,)),
    Story("evicted", evicted, train=(HOLD,)),
    Story("changed while running", changed_while_running, train=(HOLD,)),
    Story("changed when done", changed_when_done),
    Story("suspended and resumed", suspended_and_resumed, train=(HOLD,)),
    Story("created suspended", created_suspended),
    Story("Job deleted", job_deleted, train=(HOLD,)),
    Story("cleaned up", cleaned_up),
    Story("deleted", deleted, train=(HOLD,)),
    Story("deleted and created again", deleted_and_created_again, train=(HOLD,)),
    Story("ended while down", ended_while_down, train=(HOLD,)),
    Story("Job deleted while down", job_deleted_while_down, train=(HOLD,)),
    Story("deleted while down", deleted_while_down, train=(HOLD,)),
    Story("replaced while down", replaced_while_down, train=(HOLD,)),
    Story("changed while down", changed_while_down, train=(HOLD,)),
    Story("wiped while running", wiped_while_running, train=(HOLD,)),
)
