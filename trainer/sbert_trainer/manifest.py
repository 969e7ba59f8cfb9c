"""MANIFEST.json of a published model: its run, what went into it, and every file's digest.

It is written last: a folder without a manifest that fits it was not published by a trainer.
"""

import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, StringConstraints, ValidationError

from sbert_api.contract import Contract
from sbert_api.result import ContentKey
from sbert_api.task_file import TaskFile
from sbert_api.v1alpha1.common import Count
from sbert_api.v1alpha1.scores import Interval, Metrics
from sbert_api.v1alpha1.training_status import DataFacts, Digest
from sbert_trainer.files import files_below, sha256
from sbert_trainer.gates import GateIntervals

MANIFEST = "MANIFEST.json"
_PACKAGES = ("sentence-transformers", "transformers", "torch", "safetensors", "sbert-operator")


Side = Literal["base", "trained", "gain"]
Intervals = dict[Side, dict[str, Interval]]
"""Of each score, by its name in the API; `gain` is trained minus base."""


class FileEntry(Contract):
    """One file of the model."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """sha256: of its content."""
    size: Annotated[int, Field(ge=0)]
    """size: in bytes."""


class BaseModel(Contract):
    """The model that the training started from."""

    tag: str
    """tag: its modelTag."""
    digest: Digest
    """digest: SHA-256 over its files' names and contents."""


class DatasetEntry(Contract):
    """One of the datasets that were read."""

    rows: Count
    """rows: how many it has."""
    digest: Digest
    """digest: SHA-256 of its content."""


class Manifest(Contract):
    """What MANIFEST.json holds."""

    run_key: str
    """runKey: of the run that published the model."""
    content_key: ContentKey
    """contentKey: the same for all runs that yield this model."""
    model_id: str
    """modelId: the folder below the model volume."""
    task: dict[str, str]
    """task: name, namespace and uid of the TrainingTask."""
    base_model: BaseModel
    """baseModel: what the training started from."""
    datasets: dict[str, DatasetEntry]
    """datasets: by their ids."""
    data: DataFacts
    """data: what was trained on."""
    parameters: dict[str, Any]
    """parameters: the spec."""
    metrics: Metrics
    """metrics: scores before and after."""
    intervals: Intervals = Field(default_factory=dict)
    """intervals: 95 % intervals of the scores before and after, and of the gains."""
    gate_intervals: GateIntervals = Field(default_factory=dict)
    """gateIntervals: of the gains that a quality gate may ask for, at every confidence."""
    published_step: Annotated[int, Field(ge=0)] | None = None
    """publishedStep: the optimizer step whose weights are published."""
    device: str
    """device: what it was trained on."""
    training_seconds: float
    """trainingSeconds: time of the training."""
    versions: dict[str, str]
    """versions: of the libraries."""
    files: dict[str, FileEntry]
    """files: every other file of the folder."""

    def text(self) -> str:
        """The manifest as it is written."""
        return json.dumps(self.as_json(), indent=2, sort_keys=True) + "\n"


def digest_of(text: str) -> str:
    """The digest by which a manifest is known."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


class Sources(NamedTuple):
    """What a training started from."""

    base_model: BaseModel
    datasets: dict[str, DatasetEntry]
    content_key: ContentKey


class Outcome(NamedTuple):
    """What a training yielded."""

    data: DataFacts
    metrics: Metrics
    intervals: Intervals
    gate_intervals: GateIntervals
    published_step: int
    device: str
    training_seconds: float


def build_manifest(task: TaskFile, sources: Sources, outcome: Outcome) -> Manifest:
    """The manifest of a run, still without its files."""
    return Manifest(
        run_key=task.run_key,
        model_id=task.model_id,
        task={"name": task.name, "namespace": task.namespace, "uid": task.uid},
        parameters=task.spec.as_json(),
        versions=versions(),
        files={},
        **sources._asdict(),
        **outcome._asdict(),
    )


def versions() -> dict[str, str]:
    """Versions of the libraries that decide what a training yields."""
    return {name: version(name) for name in _PACKAGES}


def describe_files(folder: Path) -> dict[str, FileEntry]:
    """An entry for each file of the model but the manifest."""
    return {
        str(path.relative_to(folder)): FileEntry(sha256=sha256(path), size=path.stat().st_size)
        for path in files_below(folder)
        if path != folder / MANIFEST
    }


def read_manifest(folder: Path) -> tuple[Manifest, str] | None:
    """The manifest of a published model and its digest, or None if the folder has no good one."""
    try:
        text = (folder / MANIFEST).read_text()
        return Manifest.model_validate_json(text), digest_of(text)
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError, ValidationError):
        return None


def differing_files(folder: Path, manifest: Manifest) -> list[str]:
    """Names of files that are missing or are not what the manifest says.

    Files beside them, such as those in `evaluations/`, change nothing.
    """
    return [name for name in manifest.files if not is_as_published(folder, manifest, name)]


def is_as_published(folder: Path, manifest: Manifest, name: str) -> bool:
    """Whether a file is one of the model, and still what the manifest says."""
    entry = manifest.files.get(name)
    return entry is not None and _is_as(entry, folder / name)


def _is_as(entry: FileEntry, path: Path) -> bool:
    return path.is_file() and path.stat().st_size == entry.size and sha256(path) == entry.sha256
