"""The operator put together: health server, lease, memory, workers and watch, begun in this order.

Whatever ends it, it ends in one order: no new passes, those that run come to their end, the lease
is given up. It must never give the lease up while a write may still be on its way.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine

from sbert_operator import credentials, handlers, server
from sbert_operator.client import Client
from sbert_operator.cluster import Cluster
from sbert_operator.controllers import build_controllers
from sbert_operator.errors import ApiError, OperatorError
from sbert_operator.fence import Fence
from sbert_operator.intake import Intake
from sbert_operator.leadership import Leadership, leadership
from sbert_operator.metrics import Metrics
from sbert_operator.progress import ProgressReader
from sbert_operator.resync import Resync
from sbert_operator.server import Health
from sbert_operator.settings import Settings

START_PAUSE = 2.0
DRAIN_SECONDS = 2.0
"""For the passes that run to come to their end: half of what the process has for its own."""
KOPF_SECONDS = 1.0
"""For Kopf to end by itself. In the middle of an event it waits 5 s for a task of its own."""

logger = logging.getLogger(__name__)


async def operate(settings: Settings, stop: asyncio.Event, on_start: Callable[[], None]) -> None:
    """Work until `stop` is set. `on_start` is called once the watch runs. Raises OperatorError."""
    metrics, fence = Metrics(), Fence()
    found = await asyncio.to_thread(credentials.load)
    async with (
        Client(found, metrics, may_write=fence.check) as client,
        leadership(settings.lease, found, metrics, fence) as leader,
    ):
        application = Application(settings, client, metrics, leader, stop)
        async with server.serve(application.probes(), settings.bind_address, settings.port):
            await application.run(on_start)


class Application:
    """The parts of one operator process."""

    def __init__(
        self,
        settings: Settings,
        client: Client,
        metrics: Metrics,
        leader: Leadership,
        stop: asyncio.Event,
    ) -> None:
        self._namespaces = settings.watch_namespaces
        self._stop = stop
        self._metrics = metrics
        self._leader = leader
        self._started = asyncio.Event()
        self._health = Health()
        self._cluster = Cluster(client, settings.watch_namespaces)
        self._controllers = build_controllers(self._cluster, settings.trainer, metrics)
        self._queues = [controller.queue for controller in self._controllers.all]
        self._resync = Resync(self._cluster, self._controllers, metrics)
        self._tasks: list[asyncio.Task[None]] = []
        self._failure: OperatorError | None = None
        client.on_recovery = self._retry_now

    def probes(self) -> server.Probes:
        """What the health server serves."""
        return server.Probes(self._health, self._metrics, self._refresh)

    async def run(self, on_start: Callable[[], None]) -> None:
        """Stand by, then lead, until `stop` is set. Raises OperatorError."""
        if await self.stand_by():
            await self._lead(on_start)
        else:
            await self._leader.release()  # it may have been won just now

    async def stand_by(self) -> bool:
        """Wait until tasks are served and this process leads; False: stopped.

        Raises NotServedError. Nothing is read before it leads: old news would have to be read anew.
        """
        return await self._until_it_works(self._cluster.probe_tasks) and await self._unless_stopped(
            self._leader.acquire()
        )

    async def fill_memory(self) -> bool:
        """Read everything once, however long the API server takes to allow it; False: stopped.

        Raises NotServedError if the CRD is not installed: Kopf would never watch it.
        """
        return await self._until_it_works(self._cluster.probe_tasks, self._resync.once)

    async def _lead(self, on_start: Callable[[], None]) -> None:
        async with asyncio.TaskGroup() as group:
            self._tasks.append(group.create_task(self._part(self._leader.hold())))
            work = group.create_task(self._part(self._work(group, on_start)))
            group.create_task(self._end_on_stop(work))
        if self._failure:
            raise self._failure

    async def _work(self, group: asyncio.TaskGroup, on_start: Callable[[], None]) -> None:
        """Fill the memory, then watch, and beside it work, resync and read progress."""
        if not await self.fill_memory():
            return
        trainings = self._controllers.trainings
        reader = ProgressReader(self._cluster, trainings.cache, trainings.queue.add)
        aside = [*(queue.run() for queue in self._queues), self._resync.run(), reader.run()]
        parts = [self._part(part) for part in aside]
        self._tasks += map(group.create_task, [*parts, self._announce(on_start)])
        intake = Intake(self._controllers, self._resync, self._metrics)
        await handlers.watch(intake, self._namespaces, self._stop, self._started)

    async def _part(self, part: Awaitable[None]) -> None:
        """What all others end with, in order. The first error is raised when they have ended."""
        try:
            await part
        except OperatorError as error:
            self._failure = self._failure or error
        self._stop.set()

    async def _announce(self, on_start: Callable[[], None]) -> None:
        await self._started.wait()
        on_start()
        logger.info("ready")

    async def _end_on_stop(self, work: asyncio.Task[None]) -> None:
        """End all parts beside Kopf, which takes its time and waits for tasks it does not know."""
        await self._stop.wait()
        drained = all(await asyncio.gather(*(q.drain(DRAIN_SECONDS) for q in self._queues)))
        for task in self._tasks:
            task.cancel()
        if not drained:
            logger.warning("passes were cut off after %.0f s: the lease is kept", DRAIN_SECONDS)
        elif self._leader.leads:
            await self._leader.release()
        await asyncio.wait({work}, timeout=KOPF_SECONDS)
        work.cancel()

    async def _until_it_works(self, *steps: Callable[[], Awaitable[None]]) -> bool:
        """Take the steps, all again after an ApiError; False: stopped before that worked."""

        async def persist() -> None:
            while True:
                try:
                    for step in steps:
                        await step()
                except ApiError as error:
                    logger.warning("cannot start yet: %s; again in %.0f s", error, START_PAUSE)
                    await asyncio.sleep(START_PAUSE)
                else:
                    return

        return await self._unless_stopped(persist())

    async def _unless_stopped(self, work: Coroutine[None, None, None]) -> bool:
        """Whether `work` came to its end before `stop` was set; it is cancelled else."""
        working = asyncio.create_task(work)
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
        return not self._stop.is_set()

    def _retry_now(self) -> None:
        for queue in self._queues:
            queue.retry_now()

    def _refresh(self) -> None:
        """Bring health and metrics up to date."""
        leader, oldest = self._leader, max(queue.oldest_seconds for queue in self._queues)
        able = self._started.is_set() if leader.leads else leader.in_touch
        self._health.ready = able and not self._stop.is_set()
        self._health.oldest_seconds = oldest
        self._health.resync_seconds = self._resync.quiet_seconds
        self._metrics.leader.set(leader.leads)
        self._metrics.queue_depth.set(sum(queue.depth for queue in self._queues))
        self._metrics.queue_oldest.set(oldest)
        for controller in self._controllers.all:
            tasks = controller.cache.tasks
            self._metrics.count_tasks(controller.handling.kind.name, (t.phase for t in tasks))
            self._metrics.expect({task.key.namespace for task in tasks})
