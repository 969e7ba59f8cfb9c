"""Where the results of an evaluation are put, and what a published model is afterwards."""

import json
import shutil
from pathlib import Path

import pytest

from sbert_trainer.base_files import BaseFiles
from sbert_trainer.compared import compare
from sbert_trainer.evaluation_output import write_results
from sbert_trainer.evaluation_record import EvaluationRecord
from sbert_trainer.evaluation_rows import load_judging_rows
from sbert_trainer.manifest import BaseModel, differing_files, read_manifest
from sbert_trainer.prepare import Volumes
from sbert_trainer.published import find_published
from sbert_trainer.run_records import find_recorded
from tests.unit.trainer.builders import a_task
from tests.unit.trainer.evaluations import MODEL_ID, a_trained_model, an_assignment, some_volumes
from tests.unit.trainer.reports import a_comparison
from tests.unit.trainer.test_published import DIGEST

PAGE = b"<!doctype html>"
REPORT = f"{MODEL_ID}/evaluations/nightly.report.html"


@pytest.fixture
def volumes(tmp_path: Path) -> Volumes:
    found = some_volumes(tmp_path)
    a_trained_model(found)
    return found


def a_record(volumes: Volumes, tag: str = MODEL_ID) -> EvaluationRecord:
    """An evaluation of a model against `base`."""
    task = an_assignment(model_tag=tag, baseline_model_tag="base", passIf={"minGain": 0.9})
    baseline, model = a_comparison(60)
    return EvaluationRecord(
        task={"name": task.name, "namespace": task.namespace, "uid": task.uid},
        run_key=task.run_key,
        model=BaseModel(tag=tag, digest=DIGEST),
        baseline=BaseModel(tag="base", digest=DIGEST),
        data=load_judging_rows(volumes.datasets, volumes.models, task).facts,
        parameters=task.spec.as_json(),
        device="cpu",
        evaluation_seconds=1.5,
        versions={"torch": "2"},
        **compare(task, model, baseline)._asdict(),
    )


def test_record_and_page_are_put_beside_the_model(volumes: Volumes) -> None:
    record = a_record(volumes)
    assert write_results(volumes.models, record, PAGE) == REPORT
    folder = volumes.models / MODEL_ID / "evaluations"
    assert (volumes.models / REPORT).read_bytes() == PAGE
    assert EvaluationRecord.model_validate_json((folder / "nightly.json").read_text()) == record
    assert sorted(path.name for path in folder.iterdir()) == ["nightly.json", "nightly.report.html"]


def test_the_record_says_all_that_is_known(volumes: Volumes) -> None:
    found = json.loads(a_record(volumes).text())
    assert found["model"] == {"tag": MODEL_ID, "digest": DIGEST}
    assert found["parameters"]["randomSeed"] == 42
    assert found["gate"]["passed"] is False
    assert found["metrics"]["model"]["numSamples"] == 60
    assert set(found["intervals"]) == {"base", "trained", "gain"}
    assert found["data"]["dataset"] == "data/datasets/faq.jsonl"


def test_a_second_evaluation_of_the_name_takes_the_place_of_the_first(volumes: Volumes) -> None:
    for page in (b"old", PAGE):
        write_results(volumes.models, a_record(volumes), page)
    assert (volumes.models / REPORT).read_bytes() == PAGE


def test_without_a_page_there_is_the_record(volumes: Volumes) -> None:
    assert write_results(volumes.models, a_record(volumes), None) is None
    assert (volumes.models / MODEL_ID / "evaluations/nightly.json").exists()


def test_a_model_of_the_hub_s_cache_keeps_its_snapshot_as_it_is(volumes: Volumes) -> None:
    tag = "models--org--name"
    snapshot = volumes.models / tag / "snapshots" / "1"
    shutil.copytree(volumes.models / "base", snapshot)
    report = write_results(volumes.models, a_record(volumes, tag), PAGE)
    assert report == f"{tag}/evaluations/nightly.report.html"
    assert not (snapshot / "evaluations").exists()


def test_a_published_model_is_still_what_it_was(volumes: Volumes) -> None:
    folder = volumes.models / MODEL_ID
    digest = BaseFiles(folder, [folder, folder / "1_Pooling"]).digest()
    read = read_manifest(folder)
    assert read is not None
    manifest = read[0]
    task = a_task(model_id=MODEL_ID)
    before = (
        find_published(volumes.models, task),
        find_recorded(volumes.models, manifest.content_key),
    )
    write_results(volumes.models, a_record(volumes), PAGE)
    after = (
        find_published(volumes.models, task),
        find_recorded(volumes.models, manifest.content_key),
    )
    assert before == after
    assert None not in after
    assert differing_files(folder, manifest) == []
    assert BaseFiles(folder, [folder, folder / "1_Pooling"]).digest() == digest


def test_what_judged_a_model_makes_no_other_base_model(volumes: Volumes) -> None:
    folder = volumes.models / MODEL_ID
    digest = BaseFiles(folder, [folder]).digest()
    (folder / "validation_rows.json").unlink()
    assert BaseFiles(folder, [folder]).digest() == digest


def test_where_the_volume_refuses_the_results_are_kept_elsewhere(
    volumes: Volumes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file in the way refuses as a read-only volume does, to root as well."""
    (volumes.models / MODEL_ID / "evaluations").write_text("in the way")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    assert write_results(volumes.models, a_record(volumes), PAGE) is None
    (folder,) = (tmp_path / "tmp").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["nightly.json", "nightly.report.html"]
    said = capsys.readouterr().err
    assert "evaluations: cannot be written" in said
    assert f"the results are in {folder}" in said


def test_where_nothing_can_be_written_the_evaluation_goes_on(
    volumes: Volumes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (volumes.models / MODEL_ID / "evaluations").write_text("in the way")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    assert write_results(volumes.models, a_record(volumes), PAGE) is None
    assert "there is no report" in capsys.readouterr().err


def test_v12_a_link_that_was_planted_is_not_followed(volumes: Volumes, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (volumes.models / MODEL_ID / "evaluations").symlink_to(outside)
    assert write_results(volumes.models, a_record(volumes), PAGE) is None
    assert list(outside.iterdir()) == []
