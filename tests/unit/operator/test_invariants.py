"""Whatever happens in whatever order, some things always hold."""

import itertools
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sbert_api import names
from sbert_api.v1alpha1.training_status import TrainingTaskStatus
from sbert_operator import times
from sbert_operator.reading import is_finished, readable
from sbert_operator.steps import PREFLIGHT
from tests.unit.operator.builders import KEY, said_failed
from tests.unit.operator.fake_api import ended
from tests.unit.operator.faults import FAULTS
from tests.unit.operator.world import World

Status = dict[str, Any]


class Story:
    """What may happen; a step that makes no sense now does nothing."""

    def __init__(self, *, preflight: bool) -> None:
        self.world = World()
        self.world.cluster.add_task(uid="task-1", spec={"preflight": preflight})
        self.tasks = 1
        self.edits = 0
        self.published: set[str] = set()
        self.deleted_by_hand: Counter[str] = Counter()

    def restart(self) -> None:
        self.world.restart()

    def start_pod(self) -> None:
        for job in self._jobs():
            if not ended(job) and not job["status"].get("ready"):
                self.world.cluster.start_pod(job)

    def disk_full(self) -> None:
        self._end(31, said_failed("DiskFullError", "full"))

    def bad_data(self) -> None:
        self._end(15, said_failed("DatasetValidationError", "line 7"))

    def no_result(self) -> None:
        self._end(0, "")

    def published_model(self) -> None:
        for job in self._running():
            if is_check(job):
                self.world.cluster.end_pod(job, 0, self.world.cluster.checked_by(job))
                continue
            result = self.world.cluster.published_by(job)
            self.published.add(result["modelId"])
            self.world.cluster.end_pod(job, 0, result)

    def identical_model(self) -> None:
        for job in filter(is_check, self._running()):
            self.published.add("trained_models/twin")
            result = self.world.cluster.checked_by(job, reused="trained_models/twin")
            self.world.cluster.end_pod(job, 0, result)

    def lose_pods(self) -> None:
        for job in self._jobs():
            if ended(job):
                self.world.cluster.pods[job["metadata"]["uid"]].clear()

    def delete_job(self) -> None:
        for job in self._jobs()[:1]:
            self.deleted_by_hand[str(job["metadata"]["name"])] += 1
            self.world.cluster.delete_job_now(job)

    def replace_task(self) -> None:
        self.world.cluster.delete_task(KEY)
        self.tasks += 1
        self.world.cluster.add_task(
            uid=f"task-{self.tasks}", spec={"preflight": self.tasks % 2 == 0}
        )

    def edit_spec(self) -> None:
        self.edits += 1
        self.world.cluster.edit_task(KEY, epochs=1 + self.edits)

    def edit_back(self) -> None:
        self.world.cluster.edit_task(KEY, epochs=1)

    def suspend(self) -> None:
        self.world.cluster.edit_task(KEY, suspend=True)

    def resume(self) -> None:
        self.world.cluster.edit_task(KEY, suspend=False)

    def run_again(self) -> None:
        self.edits += 1
        moment = {names.RESTARTED_AT_ANNOTATION: str(self.edits)}
        self.world.cluster.annotate_task(KEY, **moment)

    def wipe_annotations(self) -> None:
        self.world.cluster.annotate_task(KEY)

    def lie(self) -> None:
        """Somebody writes what is not true; startTime stays, nothing else could tell it again."""
        lie = {"phase": "Done", "trainedModelId": "evil", "failure": 7, "reason": "Queued"}
        status = self.world.status
        if not is_finished(readable(status, TrainingTaskStatus)):
            self.world.cluster.write_status(KEY, {**status, **lie})

    def _jobs(self) -> list[dict[str, Any]]:
        return list(self.world.cluster.jobs.values())

    def _running(self) -> list[dict[str, Any]]:
        return [job for job in self._jobs() if not ended(job) and job["status"].get("ready")]

    def _end(self, exit_code: int, message: object) -> None:
        for job in self._running():
            self.world.cluster.end_pod(job, exit_code, message)


STEPS: dict[str, Callable[[Story], None]] = {
    name: step for name, step in vars(Story).items() if not name.startswith("_")
}
LIKELY = ["start_pod", "start_pod", "disk_full", "published_model"]
NAMES = st.sampled_from([*LIKELY, *STEPS, *FAULTS])
ATTENTION = st.sampled_from(["settles", "settles", "one pass", "one event", "looks away"])


def tell(plot: list[tuple[str, str]], *, preflight: bool) -> Story:
    """What happens, and how much of it the operator notices before the next thing happens."""
    story = Story(preflight=preflight)
    for name, attention in plot:
        if name in FAULTS:
            story.world.cluster.faults.append(FAULTS[name])
        else:
            STEPS[name](story)
        if attention == "settles":
            story.world.settle()
        elif attention == "one pass":
            story.world.deliver()
            story.world.work()
        elif attention == "one event":
            story.world.deliver(1)
            story.world.work()
    story.world.cluster.faults.clear()
    story.world.settle()
    return story


FAILED_ATTEMPT = [
    ("restart", "settles"),  # so that the Job is there
    ("start_pod", "settles"),
    ("disk_full", "settles"),
]


@example(plot=[*FAILED_ATTEMPT, ("lie", "settles")], preflight=False)
@example(plot=[*FAILED_ATTEMPT, ("suspend", "settles"), ("resume", "settles")], preflight=False)
@settings(max_examples=400, deadline=None)
@given(plot=st.lists(st.tuples(NAMES, ATTENTION), max_size=14), preflight=st.booleans())
def test_the_invariants_hold_in_every_story(plot: list[tuple[str, str]], preflight: bool) -> None:
    story = tell(plot, preflight=preflight)
    for statuses in story.world.cluster.statuses.values():
        runs_follow_each_other(statuses)
        for run in by_run(statuses):
            terminal_is_final(run)
            no_way_back_to_the_check(run)
            times_are_in_order(run)
            done_means_published(run, story)
            failed_says_why(run)
            use_never_shrinks(run)
    no_step_is_repeated(story)
    no_two_jobs_at_once(story)
    what_ended_is_told(story)
    rest_is_free(story)


def by_run(statuses: list[Status]) -> list[list[Status]]:
    """The statuses of each run, in the order of the runs; lies of people are not among them."""
    groups = itertools.groupby(statuses, key=lambda status: status.get("run", {}).get("key"))
    return [list(group) for _, group in groups]


def runs_follow_each_other(statuses: list[Status]) -> None:
    """A run that was left behind never comes back."""
    keys = [run[0].get("run", {}).get("key") for run in by_run(statuses)]
    assert len(keys) == len(set(keys))


def terminal_is_final(run: list[Status]) -> None:
    """After its end only what is said of the generation may change."""
    ends = [status for status in run if is_finished(readable(status, TrainingTaskStatus))]
    assert run[len(run) - len(ends) :] == ends
    assert len({what_counts(status) for status in ends}) <= 1


def what_counts(status: Status) -> str:
    """A status without the generations that it is about."""
    conditions = [{**c, "observedGeneration": 0} for c in status["conditions"]]
    return json.dumps({**status, "observedGeneration": 0, "conditions": conditions}, sort_keys=True)


def no_way_back_to_the_check(run: list[Status]) -> None:
    steps = [status["run"]["step"] for status in run]
    assert steps == sorted(steps)  # Preflight, Train


def times_are_in_order(run: list[Status]) -> None:
    starts = {status["startTime"] for status in run if "startTime" in status}
    assert len(starts) <= 1
    for status in run:
        start, end = times.parse(status.get("startTime")), times.parse(status.get("endDate"))
        assert start is None or end is None or end >= start
        assert (end is not None) == (status["phase"] in ("Done", "Failed"))


def done_means_published(run: list[Status], story: Story) -> None:
    for status in run:
        model = status.get("trainedModelId")
        assert (model is not None) == (status["phase"] == "Done")
        assert model is None or model in story.published


def failed_says_why(run: list[Status]) -> None:
    for status in run:
        if status["phase"] == "Failed":
            assert status["errorMsg"].startswith(status["failure"]["reason"] + ": ")
            assert status["failure"]["hint"]


def use_never_shrinks(run: list[Status]) -> None:
    used = [tuple(status["usage"].values()) for status in run if "usage" in status]
    assert used == sorted(used)


def no_step_is_repeated(story: Story) -> None:
    """One Job of each name, and a second one only if hands deleted the first."""
    for name, count in Counter(story.world.cluster.created_names).items():
        assert count <= 1 + story.deleted_by_hand[name], name


def no_two_jobs_at_once(story: Story) -> None:
    assert all(alive == [] for _, alive in story.world.cluster.created)


def what_ended_is_told(story: Story) -> None:
    """A task whose Jobs all ended is finished; one without a Job is suspended or finished."""
    status = readable(story.world.status, TrainingTaskStatus)
    jobs = story.world.cluster.jobs_owned_by(f"task-{story.tasks}")
    if is_finished(status) or status.phase == "Suspended":
        return
    assert jobs
    assert not all(ended(job) for job in jobs)


def rest_is_free(story: Story) -> None:
    calls = len(story.world.cluster.calls)
    story.world.settle()
    assert len(story.world.cluster.calls) == calls


def is_check(job: dict[str, Any]) -> bool:
    return bool(job["metadata"]["labels"][names.STEP_LABEL] == PREFLIGHT.label)
