"""Progress is read from the ends of logs, sparingly."""

import asyncio
from dataclasses import replace

import pytest

from sbert_api import names
from sbert_api.result import progress_line
from sbert_operator.cache import Cache
from sbert_operator.observed import Key
from sbert_operator.progress import ProgressReader, latest_progress
from sbert_operator.reading import job_of
from tests.unit.operator.builders import KEY, NOW, a_progress, pod_manifest
from tests.unit.operator.fake_cluster import FakeCluster

LINE = progress_line(a_progress(62))


@pytest.mark.parametrize(
    ("log", "percentage"),
    [
        pytest.param("", None, id="no log"),
        pytest.param("loading\n", None, id="no progress"),
        pytest.param(LINE, 62, id="a line"),
        pytest.param(f"{LINE}\nevaluating\n{{}}\n", 62, id="with others after it"),
        pytest.param(f"{progress_line(a_progress(10))}\n{LINE}\n", 62, id="the last one counts"),
        pytest.param(f"{LINE}\n{LINE[:40]}", 62, id="a line that is cut is none"),
        pytest.param(f"{LINE}\r\n", 62, id="carriage return"),
        pytest.param('{"event":"progress","percentage":900}', None, id="nonsense"),
        pytest.param('{"event":"progress",' + " " * 5000 + "}", None, id="too long"),
    ],
)
def test_the_last_progress_of_a_log_is_found(log: str, percentage: int | None) -> None:
    found = latest_progress(log, NOW)
    assert (found.percentage if found else None) == percentage


def test_what_was_read_says_when_and_in_short() -> None:
    found = latest_progress(LINE, NOW)
    assert found
    assert (found.summary, found.last_updated_time) == ("62%", "2026-01-01T12:00:00Z")


class Reading:
    """A running training, its log, and a reader."""

    def __init__(self) -> None:
        self.cluster = FakeCluster()
        self.cache = Cache()
        self.looked_at: list[Key] = []
        self.reader = ProgressReader(self.cluster, self.cache, self.looked_at.append)
        owner = {"name": "faq", "uid": "u", "controller": True}
        meta = {"namespace": "team", "name": "j", "labels": {names.STEP_LABEL: "train"}}
        job = {"metadata": {**meta, "ownerReferences": [owner]}}
        self.job = asyncio.run(self.cluster.create_job({**job, "spec": {"backoffLimit": 3}}))
        self.start()

    def start(self) -> None:
        stored = self.cluster.jobs[Key("team", "j")]
        self.cluster.start_pod(stored)
        self.cache.put_job(job_of(stored))
        pod = self.cluster.pods[stored["metadata"]["uid"]][-1]["metadata"]["name"]
        self.cluster.logs[pod] = LINE
        self.cluster.calls.clear()

    def read(self) -> None:
        asyncio.run(self.reader.read_all())


def test_the_pods_name_is_remembered() -> None:
    reading = Reading()
    reading.read()
    reading.read()
    assert reading.cluster.calls == ["pods of job", "log", "log"]


def test_the_task_is_looked_at_only_when_its_progress_changed() -> None:
    reading = Reading()
    reading.read()
    reading.read()
    assert reading.looked_at == [KEY]
    for pod in reading.cluster.logs:
        reading.cluster.logs[pod] = progress_line(a_progress(63))
    reading.read()
    assert reading.looked_at == [KEY, KEY]


def test_the_next_attempts_pod_is_found() -> None:
    reading = Reading()
    reading.read()
    reading.cluster.end_pod(reading.cluster.jobs[Key("team", "j")], 31)
    reading.start()
    reading.read()
    assert reading.cluster.calls == ["pods of job", "log"]
    assert reading.looked_at == [KEY, KEY]


def test_the_log_of_somebody_elses_pod_with_the_jobs_label_is_not_believed() -> None:
    reading = Reading()
    (pods,) = reading.cluster.pods.values()
    pods.append(pod_manifest(name="forged", owner="another", created="2026-01-01T10:09:00Z"))
    reading.cluster.logs["forged"] = progress_line(a_progress(99))
    reading.read()
    (job,) = reading.cache.jobs
    found = reading.cache.progress_of(job)
    assert found
    assert found.percentage == 62


def test_a_log_that_cannot_be_read_is_read_later() -> None:
    reading = Reading()
    log = dict(reading.cluster.logs)
    reading.cluster.logs.clear()
    reading.read()
    assert reading.looked_at == []
    reading.cluster.logs.update(log)
    reading.read()
    assert reading.looked_at == [KEY]


def test_only_jobs_with_a_ready_pod_are_read() -> None:
    reading = Reading()
    stored = reading.cluster.jobs[Key("team", "j")]
    reading.cluster.end_pod(stored, 0, "")
    reading.cache.put_job(job_of(stored))
    reading.cluster.calls.clear()
    reading.read()
    assert reading.cluster.calls == []


@pytest.mark.parametrize(("count", "seconds"), [(1, 10), (80, 10), (1000, 125)])
def test_many_trainings_are_read_less_often(count: int, seconds: float) -> None:
    reading = Reading()
    (job,) = reading.cache.jobs
    for number in range(1, count):
        reading.cache.put_job(
            replace(job, uid=f"{job.uid}-{number}", key=Key("team", f"j{number}"))
        )
    assert reading.reader.pause == seconds
