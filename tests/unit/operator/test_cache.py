"""The memory keeps the newest version of everything, and what is gone stays gone."""

from typing import Any

from sbert_operator.cache import TOMBSTONES, Cache
from sbert_operator.observed import Job, Key
from tests.unit.operator.builders import (
    JOB_NAME,
    KEY,
    NOW,
    UID,
    a_job,
    a_progress,
    a_task,
    later,
)

JOB = Key("team", JOB_NAME)


def job_at(version: int, **changes: Any) -> Job:
    return a_job(resourceVersion=str(version), **changes)


def test_an_older_version_never_replaces_a_newer_one() -> None:
    cache = Cache()
    assert cache.put_job(job_at(10, active=1))
    assert not cache.put_job(job_at(9, active=0))
    assert not cache.put_job(job_at(10, active=0))
    found = cache.jobs.get(JOB)
    assert found
    assert found.attempts == 1


def test_versions_are_compared_as_numbers() -> None:
    cache = Cache()
    cache.put_job(job_at(9))
    assert cache.put_job(job_at(10))


def test_what_was_deleted_does_not_come_back_by_a_late_answer() -> None:
    cache = Cache()
    cache.put_job(job_at(10))
    cache.remove_job(JOB, job_at(10).uid)
    assert not cache.put_job(job_at(11))
    assert cache.jobs_of(UID) == ()


def test_a_deletion_does_not_remove_the_next_object_of_that_name() -> None:
    cache = Cache()
    cache.put_job(job_at(20, uid="new"))
    cache.remove_job(JOB, "old")
    assert [job.uid for job in cache.jobs_of(UID)] == ["new"]


def test_the_next_object_of_a_name_replaces_the_one_before() -> None:
    cache = Cache()
    cache.put_job(job_at(10, uid="old", owner="first"))
    cache.put_job(job_at(20, uid="new", owner="second"))
    assert cache.jobs_of("first") == ()
    assert [job.uid for job in cache.jobs_of("second")] == ["new"]


def test_jobs_are_found_by_their_owners_uid() -> None:
    cache = Cache()
    cache.put_job(job_at(10, name="a", uid="a"))
    cache.put_job(job_at(11, name="b", uid="b"))
    cache.put_job(job_at(12, name="c", uid="c", owner="somebody else"))
    assert {job.key.name for job in cache.jobs_of(UID)} == {"a", "b"}


def test_a_list_shows_what_is_missing_but_not_what_is_newer_than_the_list() -> None:
    cache = Cache()
    cache.tasks.put(a_task(name="old", uid="1", resourceVersion="5"))
    cache.tasks.put(a_task(name="new", uid="2", resourceVersion="50"))
    cache.tasks.put(a_task(name="listed", uid="3", resourceVersion="6"))
    gone = cache.tasks.missing([Key("team", "listed")], version=20)
    assert [task.key.name for task in gone] == ["old"]


def test_tombstones_are_bounded() -> None:
    cache = Cache()
    for number in range(TOMBSTONES + 10):
        cache.tasks.remove(KEY, f"uid-{number}")
    assert cache.tasks.put(a_task(uid="uid-0"))
    assert not cache.tasks.put(a_task(uid=f"uid-{TOMBSTONES}", resourceVersion="999"))


def test_progress_is_of_an_attempt_and_is_forgotten_with_the_job() -> None:
    cache = Cache()
    job = job_at(10, active=1)
    cache.put_job(job)
    cache.put_progress(job, a_progress())
    assert cache.progress_of(job) == a_progress()
    assert cache.progress_of(job_at(11, active=1, failed=1)) is None
    cache.put_job(job_at(12, end="Complete", succeeded=1))
    assert cache.progress_of(job) is None


def test_it_remembers_since_when_a_job_has_no_ready_pod() -> None:
    moments = iter([NOW, later(5), later(60)])
    cache = Cache(lambda: next(moments))
    cache.put_job(job_at(1, active=1))
    cache.put_job(job_at(2, active=1, failed=1))
    assert cache.unready_since(job_at(2)) == NOW
    cache.put_job(job_at(3, active=1, failed=1, ready=1))
    assert cache.unready_since(job_at(3)) is None
    cache.put_job(job_at(4, active=1, failed=1))
    assert cache.unready_since(job_at(4)) == later(60)
    cache.put_job(job_at(5, end="Complete", succeeded=1))
    assert cache.unready_since(job_at(5)) is None


def test_it_remembers_since_when_a_run_misses_its_training() -> None:
    now = [NOW]
    cache = Cache(lambda: now[0])
    assert cache.missed_since("uid", "run-1") == NOW
    now[0] = later(40)
    assert cache.missed_since("uid", "run-1") == NOW
    assert cache.missed_since("uid", "run-2") == later(40)
    now[0] = later(50)
    cache.forget_missed("uid")
    assert cache.missed_since("uid", "run-2") == later(50)
