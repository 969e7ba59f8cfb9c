"""Whether a model is published already, and by whom."""

from pathlib import Path

import pytest

from sbert_api.reasons import RUN_AGAIN
from sbert_api.v1alpha1.scores import Gains, Interval, Metrics, Scores
from sbert_api.v1alpha1.training_status import DataFacts
from sbert_trainer.errors import OutputConflictError
from sbert_trainer.manifest import (
    MANIFEST,
    BaseModel,
    DatasetEntry,
    Intervals,
    Manifest,
    describe_files,
    digest_of,
)
from sbert_trainer.published import find_published
from tests.unit.trainer.builders import a_model_folder, a_task

DIGEST = "sha256:" + "0" * 64
CONTENT_KEY = "c" * 64


def some_scores(accuracy: float) -> Scores:
    return Scores(
        triplet_accuracy=accuracy,
        mrr10=0.5,
        ndcg10=0.6,
        avg_positive_similarity=0.7,
        avg_negative_similarity=0.2,
    )


def an_interval(value: float) -> Interval:
    return Interval(value=value, low=round(value - 0.04, 6), high=round(value + 0.04, 6))


def some_gains() -> Gains:
    """Of 0.1 in triplet accuracy, of nothing in the others."""
    return Gains(triplet_accuracy=an_interval(0.1), mrr10=an_interval(0), ndcg10=an_interval(0))


def some_intervals() -> Intervals:
    base, trained = (
        some_scores(value).model_dump(by_alias=True, exclude_none=True) for value in (0.8, 0.9)
    )
    return {
        "base": {name: an_interval(value) for name, value in base.items()},
        "trained": {name: an_interval(value) for name, value in trained.items()},
        "gain": {name: an_interval(round(trained[name] - base[name], 6)) for name in base},
    }


def a_manifest(folder: Path, run_key: str = "0123456789abcdef") -> Manifest:
    task = a_task()
    return Manifest(
        run_key=run_key,
        content_key=CONTENT_KEY,
        model_id=task.model_id,
        task={"name": "demo", "namespace": "default", "uid": task.uid},
        base_model=BaseModel(tag="base", digest=DIGEST),
        datasets={"faq": DatasetEntry(rows=10, digest=DIGEST)},
        data=DataFacts(
            train_rows=9,
            validation_rows=1,
            validation_dataset="data/datasets/faq.jsonl#auto-split",
            digest=DIGEST,
            warnings=["2 rows are exact duplicates of another row"],
        ),
        parameters=task.spec.as_json(),
        metrics=Metrics(base=some_scores(0.8), trained=some_scores(0.9), gain=some_gains()),
        intervals=some_intervals(),
        published_step=12,
        device="cpu (2 threads)",
        training_seconds=1.5,
        versions={"torch": "2.15.0"},
        files=describe_files(folder),
    )


def a_published_model(models: Path, run_key: str = "0123456789abcdef") -> tuple[Path, str]:
    """The folder of a published model and its manifest's digest."""
    folder = a_model_folder(models / a_task().model_id)
    text = a_manifest(folder, run_key).text()
    (folder / MANIFEST).write_text(text)
    return folder, digest_of(text)


def test_a_free_id_is_free(tmp_path: Path) -> None:
    assert find_published(tmp_path, a_task()) is None


def test_m15_the_model_of_this_run_is_the_result(tmp_path: Path) -> None:
    _, digest = a_published_model(tmp_path)
    found = find_published(tmp_path, a_task())
    assert found is not None
    assert found.manifest_digest == digest
    assert found.model_id == a_task().model_id
    assert found.content_key == CONTENT_KEY
    assert found.metrics.trained.triplet_accuracy == 0.9


def test_m15_the_model_of_another_run_is_a_conflict(tmp_path: Path) -> None:
    a_published_model(tmp_path, run_key="another")
    with pytest.raises(OutputConflictError, match="was published by the run another"):
        find_published(tmp_path, a_task())


@pytest.mark.parametrize("manifest", [None, "", "{}"], ids=["none", "empty", "no fields"])
def test_m15_a_folder_without_a_good_manifest_is_a_conflict(
    tmp_path: Path, manifest: str | None
) -> None:
    folder = a_model_folder(tmp_path / a_task().model_id)
    if manifest is not None:
        (folder / MANIFEST).write_text(manifest)
    with pytest.raises(OutputConflictError, match="without a manifest of a run") as caught:
        find_published(tmp_path, a_task())
    assert caught.value.hint == (
        f"Move that folder away if nobody needs it, then {RUN_AGAIN}; or choose another outputPath."
    )


def test_m15_a_model_that_was_changed_since_is_a_conflict(tmp_path: Path) -> None:
    folder, _ = a_published_model(tmp_path)
    (folder / "config.json").write_text('{"changed": true}')
    with pytest.raises(OutputConflictError, match=r"but config\.json was changed since"):
        find_published(tmp_path, a_task())


@pytest.mark.parametrize("target", ["gone", "/etc"])
def test_v12_a_link_at_the_id_is_a_conflict(tmp_path: Path, target: str) -> None:
    link = tmp_path / a_task().model_id
    link.parent.mkdir(parents=True)
    link.symlink_to(target)
    with pytest.raises(OutputConflictError):
        find_published(tmp_path, a_task())
