"""The calls to Kubernetes: which requests they are."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from sbert_api.kinds import TRAINING_TASK
from sbert_operator.client import Client
from sbert_operator.cluster import Cluster
from sbert_operator.metrics import Metrics
from sbert_operator.observed import Key
from tests.unit.operator.local_server import respond, serving


def test_requests_are_counted_without_names() -> None:
    metrics = Metrics()

    async def test() -> None:
        async with serving(respond(200, {})) as found, Client(found, metrics) as client:
            await Cluster(client).get_task(TRAINING_TASK, Key("team-secret", "project-x"))

    asyncio.run(test())
    text = metrics.exposition().decode()
    counted = 'api_requests_total{code="200",resource="trainingtasks",verb="GET"} 1.0'
    assert counted in text
    assert "project-x" not in text


def recorded(call: Callable[[Cluster], Awaitable[object]], *, answer: object) -> list[web.Request]:
    """The requests that a call of the cluster makes."""
    requests: list[web.Request] = []
    answers = iter(answer if isinstance(answer, list) else [answer])

    async def respond_next(request: web.Request) -> web.Response:
        await request.read()
        requests.append(request)
        return web.json_response(next(answers))

    async def test() -> None:
        async with serving(respond_next) as found, Client(found, Metrics()) as client:
            await call(Cluster(client, ("a", "b")))

    asyncio.run(test())
    return requests


def test_a_status_patch_is_a_guarded_merge_patch() -> None:
    key = Key("team", "faq")

    async def call(cluster: Cluster) -> None:
        await cluster.patch_status(TRAINING_TASK, key, 42, {"phase": "Done", "message": None})

    (request,) = recorded(call, answer={})
    assert request.method == "PATCH"
    assert request.path.endswith("/namespaces/team/trainingtasks/faq/status")
    assert request.content_type == "application/merge-patch+json"
    assert json.loads(request._read_bytes or b"") == {
        "metadata": {"resourceVersion": "42"},
        "status": {"phase": "Done", "message": None},
    }


def test_a_job_is_paused_only_if_it_still_is_the_one_that_was_seen() -> None:
    async def call(cluster: Cluster) -> None:
        await cluster.suspend_job(Key("team", "j"), "uid-1", suspend=True)

    (request,) = recorded(call, answer={})
    assert (request.method, request.path) == ("PATCH", "/apis/batch/v1/namespaces/team/jobs/j")
    assert json.loads(request._read_bytes or b"") == {
        "metadata": {"uid": "uid-1"},
        "spec": {"suspend": True},
    }


def test_a_job_is_deleted_after_its_pods_and_only_if_it_still_is_the_one_that_was_seen() -> None:
    async def call(cluster: Cluster) -> None:
        await cluster.delete_job(Key("team", "j"), "uid-1")

    (request,) = recorded(call, answer={})
    assert (request.method, request.path) == ("DELETE", "/apis/batch/v1/namespaces/team/jobs/j")
    assert json.loads(request._read_bytes or b"") == {
        "propagationPolicy": "Foreground",
        "preconditions": {"uid": "uid-1"},
    }


def test_events_are_asked_for_by_what_they_are_about() -> None:
    async def call(cluster: Cluster) -> None:
        assert await cluster.warnings_about("team", "uid-1") == [{"reason": "Killing"}]

    (request,) = recorded(call, answer={"items": [{"reason": "Killing"}]})
    assert request.path == "/api/v1/namespaces/team/events"
    assert request.query["fieldSelector"] == "involvedObject.uid=uid-1,type=Warning"


def test_lists_go_through_all_pages_of_all_namespaces() -> None:
    pages = [
        {"metadata": {"resourceVersion": "9", "continue": "next"}, "items": [1]},
        {"metadata": {"resourceVersion": "9"}, "items": [2]},
        {"metadata": {"resourceVersion": "9"}, "items": [3]},
    ]
    found: list[object] = []

    async def call(cluster: Cluster) -> None:
        async for page in cluster.list_jobs():
            found.extend(page["items"])

    requests = recorded(call, answer=pages)
    assert found == [1, 2, 3]
    assert [r.path for r in requests] == [
        "/apis/batch/v1/namespaces/a/jobs",
        "/apis/batch/v1/namespaces/a/jobs",
        "/apis/batch/v1/namespaces/b/jobs",
    ]
    assert [r.query.get("continue") for r in requests] == [None, "next", None]
    assert {r.query["labelSelector"] for r in requests} == {
        "app.kubernetes.io/managed-by=sbert-operator"
    }


def test_a_name_cannot_leave_its_place_in_the_path() -> None:
    async def call(cluster: Cluster) -> None:
        await cluster.get_job(Key("team", "a/../../secrets?x=1"))

    (request,) = recorded(call, answer={})
    assert request.raw_path.startswith("/apis/batch/v1/namespaces/team/jobs/a")
    assert not request.query_string


def test_a_lease_is_replaced_at_the_version_that_was_read() -> None:
    lease = {"metadata": {"namespace": "sbert", "name": "demo", "resourceVersion": "7"}, "spec": {}}
    (request,) = recorded(lambda cluster: cluster.replace_lease(lease), answer={})
    assert request.method == "PUT"
    assert request.path == "/apis/coordination.k8s.io/v1/namespaces/sbert/leases/demo"
    assert json.loads(request._read_bytes or b"") == lease


def test_a_lease_is_created_in_its_namespace() -> None:
    lease = {"metadata": {"namespace": "sbert", "name": "demo"}, "spec": {}}
    (request,) = recorded(lambda cluster: cluster.create_lease(lease), answer={})
    assert request.method == "POST"
    assert request.path == "/apis/coordination.k8s.io/v1/namespaces/sbert/leases"
