"""The main job from end to end: exactly what `make demo` does, twice in a row."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sentence_transformers import SentenceTransformer

from devcluster.demo import QUESTIONS
from devcluster.paths import CLUSTERS
from devcluster.processes import marked_environment, marked_processes
from devcluster.start import open_cluster

ROOT = Path(__file__).parents[2]
NAME = f"e2e-{os.getpid()}"

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

# Takes the cluster down when its standard input ends: with these tests, however they end.
GUARD = """
import pathlib, sys
from devcluster.takedown import take_down
sys.stdin.read()
take_down(pathlib.Path(sys.argv[1]))
"""


def run_demo() -> str:
    words = [sys.executable, "-m", "devcluster.demo", "--name", NAME]
    marked = marked_environment(CLUSTERS / NAME)  # so the guard ends the demo too
    done = subprocess.run(words, cwd=ROOT, env=marked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def outputs() -> Iterator[list[str]]:
    words = [sys.executable, "-c", GUARD, str(CLUSTERS / NAME)]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True):
        yield [run_demo(), run_demo()]
    assert not marked_processes(CLUSTERS / NAME)


@pytest.fixture(scope="module")
def status(outputs: list[str]) -> dict[str, Any]:
    assert len(outputs) == 2
    task = open_cluster(NAME).get("trainingtask", "quickstart", "default")
    status: dict[str, Any] = task["status"]
    return status


def phases(output: str) -> list[str]:
    return re.findall(r"^quickstart +(\w+)", output, re.MULTILINE)


def test_the_demo_works_twice_and_shows_the_way_to_done(outputs: list[str]) -> None:
    for output in outputs:
        seen = phases(output)
        assert sorted(set(seen), key=seen.index) == ["Queued", "Running", "Done"]
        assert re.search(r"^quickstart +Running +\d+%", output, re.MULTILINE)


def test_the_demo_shows_better_answers_after_training(outputs: list[str]) -> None:
    for output in outputs:
        assert len(re.findall(r"^  before wrong  ", output, re.MULTILINE)) == len(QUESTIONS)
        assert len(re.findall(r"^  after  right  ", output, re.MULTILINE)) == len(QUESTIONS)
        found = re.findall(
            r"^(\w+): the nearest .* for (\d+) of 72 questions$", output, re.MULTILINE
        )
        hits = {when: int(count) for when, count in found}
        assert hits["after"] > hits["before"] > 0


def test_the_status_says_what_came_out(status: dict[str, Any]) -> None:
    assert status["phase"] == "Done"
    assert status["endDate"] >= status["startTime"]
    assert status["trainedModelId"].startswith("trained_models/models--sentence-transformers--")
    conditions = {c["type"]: c["status"] for c in status["conditions"]}
    assert conditions["Complete"] == "True"


def test_training_gains_on_rows_it_did_not_see(status: dict[str, Any]) -> None:
    base, trained = status["metrics"]["base"], status["metrics"]["trained"]
    assert trained["tripletAccuracy"] > base["tripletAccuracy"]
    assert trained["mrr10"] > base["mrr10"]
    assert status["data"]["validationDataset"] == "data/datasets/handbook-validation.jsonl"


def test_the_model_loads_with_plain_sentence_transformers(status: dict[str, Any]) -> None:
    folder = CLUSTERS / NAME / "volumes/default/models" / status["trainedModelId"]
    model = SentenceTransformer(str(folder), device="cpu")
    assert model.encode(["what is Lumen"]).shape == (1, 384)


def test_both_models_of_two_runs_are_kept(status: dict[str, Any]) -> None:
    published = CLUSTERS / NAME / "volumes/default/models/trained_models"
    assert len(list(published.iterdir())) == 2
    assert not list((published.parent / ".work").glob("*/*"))


def test_a_broken_dataset_is_named_by_its_lines_and_no_training_was_made(
    outputs: list[str],
) -> None:
    for output in outputs:
        told = output.split("\n7. ")[1].split("\nDone in ")[0]
        assert "handbook-broken.jsonl:7: negative: missing" in told
        assert "handbook-broken.jsonl:10: " in told
        assert "hint: " in told
        assert len(re.findall(r"^broken-\w+-check ", told, re.MULTILINE)) == 1
        assert not re.search(r"^broken-\w+-train ", told, re.MULTILINE)


def test_an_unchanged_task_is_trained_again_only_by_the_annotation(outputs: list[str]) -> None:
    first, second = outputs
    assert "kubectl annotate tt quickstart" not in first
    assert "trainingtask.sbert-operator.dev/quickstart unchanged" in second
    assert "kubectl annotate tt quickstart" in second


def test_the_demo_ends_with_a_verdict(outputs: list[str]) -> None:
    for output in outputs:
        told = output.split("\n8. ")[1].split("\nDone in ")[0]
        assert re.search(r"^quickstart-evaluation +Done +Better ", told, re.MULTILINE)
        assert re.search(r"^Better: tripletAccuracy \+0\.\d+ \[0\.", told, re.MULTILINE)


def apply_and_wait(file: str, names: list[str]) -> dict[str, Any]:
    """The statuses of an example's tasks once all have ended."""
    cluster = open_cluster(NAME)
    cluster.kubectl("apply", "-n", "default", "-f", str(ROOT / "examples" / file))

    def ended(task: dict[str, Any]) -> bool:
        return task.get("status", {}).get("phase") in ("Done", "Failed")

    def ended_status(name: str) -> dict[str, Any]:
        kind, task = name.split("/")
        status: dict[str, Any] = cluster.wait_for(kind, task, "default", ended, seconds=240)[
            "status"
        ]
        return status

    return {name: ended_status(name) for name in names}


def conditions(status: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {c["type"]: (c["status"], c["reason"]) for c in status["conditions"]}


def test_the_examples_gates_pass_and_fail(status: dict[str, Any]) -> None:
    names = ["tt/promoted", "et/gate-passed", "et/gate-failed"]
    found = apply_and_wait("gates.yaml", names)
    promoted, passed, failed = (found[name] for name in names)
    assert promoted["reason"] == "Reused"
    assert conditions(promoted)["Promoted"] == ("True", "QualityGatePassed")
    assert conditions(passed)["Passed"] == ("True", "QualityGatePassed")
    assert conditions(failed)["Passed"] == ("False", "QualityGateFailed")
    assert failed["phase"] == "Done"
    assert failed["message"].endswith("not shown")
    scores, trained = passed["metrics"]["model"], status["metrics"]["trained"]
    assert scores["mrr10"] == pytest.approx(trained["mrr10"], abs=1e-6)


def test_the_example_of_a_dataset_scores_the_base_model(status: dict[str, Any]) -> None:
    (found,) = apply_and_wait("evaluate-dataset.yaml", ["et/base-on-handbook"]).values()
    assert found["phase"] == "Done", found
    base = status["metrics"]["base"]
    assert found["metrics"]["model"]["tripletAccuracy"] == base["tripletAccuracy"]
    assert "verdict" not in found


def test_the_commands_to_look_around_work(outputs: list[str]) -> None:
    commands = outputs[-1].split("Look around:\n")[1].split("\nTake everything down:")[0]
    done = subprocess.run(
        ["/bin/sh", "-ec", commands], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert "quickstart" in done.stdout
    assert '"event":"progress"' in done.stdout
    assert "perDeviceTrainBatchSize" in done.stdout
