"""The only file that knows Kopf: it watches, and hands each event to the intake.

No handler may write to an object or remember anything: only on.event is used for resources, which
adds neither annotation nor finalizer.
"""

import asyncio
from typing import Any

import kopf

from sbert_api import names
from sbert_operator import credentials
from sbert_operator.cluster import MANAGED_JOBS
from sbert_operator.errors import WatchBrokenError
from sbert_operator.intake import Intake


def build_registry(intake: Intake) -> kopf.OperatorRegistry:
    """All handlers there are."""
    registry = kopf.OperatorRegistry()

    @kopf.on.startup(registry=registry)
    def configure(settings: kopf.OperatorSettings, **_: Any) -> None:
        configure_kopf(settings)

    @kopf.on.login(registry=registry)
    async def login(**_: Any) -> kopf.ConnectionInfo:
        return await asyncio.to_thread(log_in)

    @kopf.on.event(names.GROUP, names.VERSION, names.PLURAL, registry=registry)
    async def on_training(event: kopf.RawEvent, **_: Any) -> None:
        intake.training_event(event["type"], dict(event["object"]))

    @kopf.on.event(names.GROUP, names.VERSION, names.EVALUATION_PLURAL, registry=registry)
    async def on_evaluation(event: kopf.RawEvent, **_: Any) -> None:
        intake.evaluation_event(event["type"], dict(event["object"]))

    @kopf.on.event("batch", "v1", "jobs", registry=registry)
    async def on_job(event: kopf.RawEvent, **_: Any) -> None:
        intake.job_event(event["type"], dict(event["object"]))

    return registry


async def watch(
    intake: Intake, namespaces: tuple[str, ...], stop: asyncio.Event, started: asyncio.Event
) -> None:
    """Watch until `stop` is set or a signal comes; `started` is set once Kopf runs.

    Raises WatchBrokenError if Kopf gives up.
    """
    try:
        await kopf.operator(
            registry=build_registry(intake),
            # Kopf would ask for the user's name, which the uid of a pod does not have.
            identity=names.MANAGED_BY,  # type: ignore[arg-type]
            clusterwide=not namespaces,
            namespaces=namespaces,
            stop_flag=stop,
            ready_flag=started,
        )
    except Exception as error:
        raise WatchBrokenError(f"the watch ended: {error!r}; starting anew") from error


def log_in() -> kopf.ConnectionInfo:
    """Kopf's credentials, from the same source as our client's."""
    found = credentials.load()
    return kopf.ConnectionInfo(
        server=found.server,
        ca_path=found.ca_file,
        insecure=not found.verify,
        scheme="Bearer" if found.token else None,
        token=found.token or None,
        certificate_path=found.certificate_file,
        private_key_path=found.key_file,
    )


def configure_kopf(settings: kopf.OperatorSettings) -> None:
    """Kopf watches and does nothing else: no peering, no events, no throttling, nothing written."""
    settings.scanning.disabled = True
    settings.peering.standalone = True
    settings.posting.enabled = False
    # A worker holds its slot for idle_timeout after its last event: a limit would throttle to
    # limit / idle_timeout objects a second. Concurrency is the queue's.
    settings.queueing.worker_limit = None
    settings.queueing.idle_timeout = 1
    settings.queueing.exit_timeout = 2
    settings.watching.label_selectors["batch", "v1", "jobs"] = MANAGED_JOBS
    settings.watching.chunk_size = 500
    settings.watching.initial_streaming = False
    settings.watching.server_timeout = 600
    settings.watching.connect_timeout = 10
    settings.networking.request_timeout = 30
    settings.networking.error_backoffs = (1, 2, 4, 8, 15)
    settings.process.ultimate_exiting_timeout = 25
    # Never used; named so that nobody takes them for another operator's.
    settings.persistence.finalizer = f"{names.GROUP}/unused"
    settings.persistence.progress_storage = kopf.AnnotationsProgressStorage(prefix=names.GROUP)
    settings.persistence.diffbase_storage = kopf.AnnotationsDiffBaseStorage(prefix=names.GROUP)
