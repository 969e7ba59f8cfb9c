"""Volumes and assignments of evaluations, without a training; what a test does not name is filled
in."""

from pathlib import Path
from typing import Any

from sbert_api.evaluation_file import EvaluationFile
from sbert_trainer.data import load_data
from sbert_trainer.manifest import MANIFEST, DatasetEntry, describe_files, digest_of
from sbert_trainer.prepare import Volumes
from sbert_trainer.published import as_result
from sbert_trainer.run_records import record
from tests.unit.trainer.builders import a_model_folder, a_row, a_spec, write_dataset
from tests.unit.trainer.test_published import a_manifest

MODEL_ID = "trained_models/base-finetuned-20260101-095950-7ef54ba0"


def some_volumes(folder: Path, rows: int = 60) -> Volumes:
    """Volumes with the dataset `faq` and the model `base`."""
    volumes = Volumes(folder / "datasets", folder / "models")
    volumes.datasets.mkdir()
    write_dataset(volumes.datasets, "faq", *[a_row(n) for n in range(rows)])
    a_model_folder(volumes.models / "base")
    return volumes


def a_trained_model(
    volumes: Volumes, model_id: str = MODEL_ID, *, task: str = "demo", **spec: Any
) -> Path:
    """The folder of a model that the TrainingTask `task` published, and recorded."""
    data = load_data(volumes.datasets, a_spec(**spec))
    folder = a_model_folder(volumes.models / model_id)
    data.judged_by.save(folder)
    datasets = {
        name: DatasetEntry(rows=source.rows, digest=source.digest)
        for name, source in data.sources.items()
    }
    facts = {
        "model_id": model_id,
        "datasets": datasets,
        "data": data.facts,
        "files": describe_files(folder),
        "task": {"name": task, "namespace": "default", "uid": "u"},
        "content_key": f"{len(model_id):064x}",
    }
    manifest = a_manifest(folder).model_copy(update=facts)
    (folder / MANIFEST).write_text(manifest.text())
    record(volumes.models, as_result(manifest, digest_of(manifest.text())))
    return folder


def an_assignment(**fields: Any) -> EvaluationFile:
    """What a pod is told: to judge `base` by `faq`; fields of the spec by their names in the API,
    those of the file by their own."""
    of_file = {"model_tag": "base", "baseline_model_tag": None, "validation_of": None}
    found = {name: fields.pop(name, default) for name, default in of_file.items()}
    spec: dict[str, Any] = {"modelTag": "base", "device": "cpu", **fields}
    if found["validation_of"] is None:
        spec = {"datasetId": "faq", **spec}
    return EvaluationFile.model_validate(
        {
            "name": "nightly",
            "namespace": "default",
            "uid": "0c4f7d2e",
            "run_key": "0123456789abcdef",
            **found,
            "spec": spec,
        }
    )
