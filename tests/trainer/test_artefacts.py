"""What a published folder says of its training: card, log and report tell the same story."""

import re
from pathlib import Path

import pytest
import yaml

from sbert_trainer.manifest import Manifest, read_manifest
from sbert_trainer.prepare import Volumes
from sbert_trainer.training_log import TRAINING_LOG, History, read_log
from tests.trainer.runs import run


@pytest.fixture
def published(volumes: Volumes) -> Path:
    """The folder of a model of 9 steps that was evaluated every 2 steps."""
    result = run(volumes, perDeviceTrainBatchSize=4, evaluationSteps=2)
    return volumes.models / result.model_id


def facts_of(folder: Path) -> Manifest:
    found = read_manifest(folder)
    assert found
    return found[0]


def test_card_log_and_report_tell_what_the_manifest_tells(published: Path) -> None:
    facts = facts_of(published)
    log = read_log(published / TRAINING_LOG)
    _, front_matter, card = (published / "README.md").read_text().split("---\n", 2)
    report = (published / "report.html").read_text()

    assert facts.published_step is not None
    assert scores_after(log, 0) == facts.metrics.base.as_json()
    assert scores_after(log, facts.published_step) == facts.metrics.trained.as_json()
    assert [line["step"] for line in log.evaluations] == [0, 2, 4, 6, 8, 9]
    assert [line["step"] for line in log.steps] == list(range(1, 10))

    assert yaml.safe_load(front_matter)["library_name"] == "sentence-transformers"
    assert facts.metrics.gain is not None
    gain = facts.metrics.gain.triplet_accuracy
    assert f"{facts.metrics.trained.mrr10:.3f}" in card
    for text in (card, report):
        assert facts.data.digest in text
        assert facts.base_model.digest in text
        assert facts.versions["torch"] in text
        assert f"{gain.value:+.2f}".replace("-", "−") in text
    assert len(re.findall("<figure>", report)) == 4
    assert report.count("faq") >= 2, "dataset and parameter"


def test_all_of_them_are_in_the_manifest(published: Path) -> None:
    assert {"README.md", "report.html", TRAINING_LOG} <= set(facts_of(published).files)


def scores_after(log: History, step: int) -> object:
    """What the log says of the model after a step."""
    return next(line["evaluation"] for line in log.evaluations if line["step"] == step)
