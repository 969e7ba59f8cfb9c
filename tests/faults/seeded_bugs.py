"""Mistakes that operators make. The harness proves nothing unless it catches each of them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any


def plant_in(place: Any, mistake: Callable[..., Any], name: str) -> None:
    """Put a mistake in the place of a function."""
    setattr(place, name, mistake)


def status_of_first_event_only() -> None:
    """Edge-triggered: what fails once is never tried again, and nothing is ever listed again."""
    from sbert_operator import controller, errors, resync  # noqa: PLC0415

    work = controller.Controller.work

    async def once(self: Any, key: Any) -> None:
        try:
            await work(self, key)
        except errors.OperatorError:
            return

    async def never(_self: Any) -> None:
        await asyncio.Event().wait()

    plant_in(controller.Controller, once, "work")
    plant_in(resync.Resync, never, "run")


def names_instead_of_uids() -> None:
    """A Job is named by the task's name alone, and taken for a task's own by its name."""
    from sbert_api import names  # noqa: PLC0415
    from sbert_operator import acting, cache  # noqa: PLC0415

    key = names.run_key
    plant_in(names, lambda _uid, generation, restart: key("", generation, restart), "run_key")
    plant_in(acting, lambda _manifest, _uid: True, "is_controlled_by")

    def by_name(self: Any, uid: str) -> Any:
        task_names = {task.key.name for task in self.tasks if task.uid == uid}
        return tuple(job for job in self.jobs if job.owner_name in task_names)

    plant_in(cache.Cache, by_name, "jobs_of")


def no_terminal_guard() -> None:
    """A task that has ended is looked at as if it were at work."""
    from sbert_operator import reading  # noqa: PLC0415

    plant_in(reading, lambda _status: False, "is_finished")


def generated_names() -> None:
    """Jobs are named by chance, as generateName does."""
    from sbert_operator import jobs  # noqa: PLC0415

    build = jobs.build_job

    def by_chance(*words: Any) -> Any:
        job = build(*words)
        name, step = job["metadata"]["name"].rsplit("-", 1)
        job["metadata"]["name"] = f"{name[:40]}-{secrets.token_hex(2)}-{step}"
        return job

    plant_in(jobs, by_chance, "build_job")


BUGS: dict[str, Callable[[], None]] = {
    bug.__name__: bug
    for bug in (
        status_of_first_event_only,
        names_instead_of_uids,
        no_terminal_guard,
        generated_names,
    )
}


def plant(name: str) -> None:
    """Make the mistake; none if the name is empty."""
    if name:
        BUGS[name]()
