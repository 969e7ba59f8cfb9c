"""Kubernetes Events about tasks: what happened, for `kubectl describe`.

One Event for each task and reason, counted up when it happens again. They are a courtesy: a failure
to write one is logged and forgotten, and nothing may depend on them.
"""

import logging
from datetime import datetime

from sbert_api import names
from sbert_operator import times
from sbert_operator.cluster import Cluster
from sbert_operator.errors import ApiError, ConflictError
from sbert_operator.observed import AnyTask, Key, Manifest

NAME_PREFIX = 180
"""Of the task's name: an Event's name has at most 253 characters."""
COUNTS_KEPT = 4096

logger = logging.getLogger(__name__)


class Events:
    """Writes Events."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._counts: dict[Key, int] = {}

    async def record(
        self, task: AnyTask, reason: str, message: str, now: datetime, *, warning: bool
    ) -> None:
        """Say that something happened to a task. Never raises ApiError."""
        event = build_event(task, reason, message, now, warning=warning)
        key = Key(task.key.namespace, event["metadata"]["name"])
        try:
            await self._write(key, event)
        except ApiError as error:
            logger.warning("%s/%s: event %s was not written: %s", *task.key, reason, error)

    async def _write(self, key: Key, event: Manifest) -> None:
        try:
            await self._cluster.create_event(key.namespace, event)
            self._remember(key, 1)
        except ConflictError:
            # Counted from 2 after a restart: reading the count is not worth a right.
            count = self._counts.get(key, 1) + 1
            news = {name: event[name] for name in ("message", "type", "lastTimestamp")}
            await self._cluster.patch_event(key, {**news, "count": count})
            self._remember(key, count)

    def _remember(self, key: Key, count: int) -> None:
        if len(self._counts) >= COUNTS_KEPT:
            self._counts.clear()
        self._counts[key] = count


def build_event(
    task: AnyTask, reason: str, message: str, now: datetime, *, warning: bool
) -> Manifest:
    """The Event of a task and reason; the same two give the same name."""
    moment = times.as_text(now)
    name = f"{task.key.name[:NAME_PREFIX].rstrip('-.')}.{task.uid[:8]}.{reason.lower()}"
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": task.key.namespace},
        "involvedObject": {
            "apiVersion": names.API_VERSION,
            "kind": task.kind.name,
            "namespace": task.key.namespace,
            "name": task.key.name,
            "uid": task.uid,
        },
        "type": "Warning" if warning else "Normal",
        "reason": reason,
        "message": message,
        "count": 1,
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "source": {"component": names.MANAGED_BY},
        "reportingComponent": names.MANAGED_BY,
    }
