"""Finds the model of an identical run that was published before, so that it is not trained again.

The content key is a hash over what decides a training's result. What a run published is recorded
under it, as `<models>/.runs/<content key>.json`. A record is only a hint: a model is believed since
its manifest carries the key and every file is as the manifest says. Torch-free.
"""

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from sbert_api.contract import Contract
from sbert_api.result import ContentKey, Published
from sbert_api.v1alpha1.gate import Gate
from sbert_api.v1alpha1.scores import Metrics
from sbert_api.v1alpha1.training_status import Digest
from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_trainer.errors import InvalidModelIdError, is_storage_trouble
from sbert_trainer.files import write_guarded
from sbert_trainer.log import say
from sbert_trainer.manifest import Manifest, differing_files, read_manifest
from sbert_trainer.published import as_result
from sbert_trainer.validation.ids import check_model_tag

KEY_VERSION = 1
"""Part of every key. To be raised when a deciding field's default changes, or what a field does."""

RECORDS = ".runs"
_MAX_RECORD_BYTES = 1 << 16

_DECIDES_NOTHING = frozenset(
    {
        # Names of what has a digest of its own, and of what comes out.
        *("model_tag", "train_dataset_ids", "val_dataset_id", "output_path"),
        # Where and for how long it runs, and how that looks.
        *("storage", "resources", "node_selector", "tolerations", "backoff_limit"),
        *("timeout_seconds", "show_progress_bar"),
        *("suspend", "queue_name", "ttl_seconds_after_finished"),
        # What is done before, or instead.
        *("preflight", "reuse"),
        # What is asked of the result.
        "promote_if",
        # How it is computed: the result differs by rounding at most.
        *("device", "dataloader_num_workers", "forward_pass"),
    }
)


class Record(Contract):
    """What a file in `.runs` holds."""

    content_key: ContentKey
    """contentKey: of the run."""
    model_id: str
    """modelId: the folder below the model volume."""
    manifest_digest: Digest
    """manifestDigest: SHA-256 of the folder's MANIFEST.json."""
    run_key: str
    """runKey: of the run that published the model."""
    metrics: Metrics
    """metrics: scores before and after."""


def content_key(
    spec: TrainingTaskSpec,
    train_digests: Sequence[str],
    validation_digest: str | None,
    base_digest: str,
) -> str:
    """64 hexadecimal digits that are the same for runs that yield the same model.

    `train_digests` are of the datasets that are trained on, in their order; without a
    `validation_digest` the validation rows are split off. Fields at their defaults count as left
    out, so that a new field leaves the keys of older runs as they are.
    """
    decides = spec.model_dump(mode="json", exclude=set(_DECIDES_NOTHING), exclude_defaults=True)
    parts = [KEY_VERSION, decides, list(train_digests), validation_digest, base_digest]
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def record(models: Path, result: Published) -> None:
    """Record a published model under its content key.

    Never fails, as the model is in its place already: what goes wrong is said.
    """
    if result.content_key is None:
        return
    found = Record.model_validate(result.model_dump(include=set(Record.model_fields)))
    try:
        _write(models / RECORDS, found)
    except OSError as error:
        say(
            f"warning: {result.model_id} is published, but not recorded in {RECORDS}, so that an"
            f" identical run will train again: {error.strerror}"
        )


def _write(folder: Path, found: Record) -> None:
    """Write `<content key>.json`."""
    text = json.dumps(found.as_json(), indent=2) + "\n"
    # No other trainer has this run.
    beside = f".{found.content_key}-{found.run_key}.new"
    write_guarded(folder, f"{found.content_key}.json", text.encode(), beside)


def find_recorded(models: Path, key: str, gate: Gate | None = None) -> Published | None:
    """The result of the run with this content key, None if there is none that can be believed.

    A model that was changed, moved or removed is not believed. `gate` is that of whoever asks: it
    is judged by what the manifest says. Raises OSError if the volume fails.
    """
    found = _read(models / RECORDS / f"{key}.json")
    read = _manifest_of(models, found) if found and found.content_key == key else None
    if read is None:
        return None
    manifest, digest = read
    if differing_files(models / manifest.model_id, manifest):
        return None
    if gate and not manifest.gate_intervals:
        return None
    return as_result(manifest, digest, gate)


def recorded_models(models: Path) -> Iterator[Manifest]:
    """The manifests of all models that are recorded and in their place; other files are not read.

    Raises OSError if the volume fails.
    """
    for path in sorted((models / RECORDS).glob("*.json")):
        found = _read(path)
        if found and (read := _manifest_of(models, found)):
            yield read[0]


def _manifest_of(models: Path, found: Record) -> tuple[Manifest, str] | None:
    """The manifest of a recorded model, and its digest; None if it is not as it was recorded."""
    folder = models / found.model_id
    if Path(os.path.realpath(folder)) != Path(os.path.realpath(models)) / found.model_id:
        return None
    read = read_manifest(folder)
    if read is None:
        return None
    manifest, digest = read
    as_recorded = (found.content_key, found.model_id, found.manifest_digest)
    return read if (manifest.content_key, manifest.model_id, digest) == as_recorded else None


def _read(path: Path) -> Record | None:
    """The record in a file, None for anything else, which may be a pipe, a link or garbage."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if is_storage_trouble(error):
            raise
        return None
    try:
        is_file = stat.S_ISREG(os.fstat(number).st_mode)
        text = os.read(number, _MAX_RECORD_BYTES) if is_file else b""
    finally:
        os.close(number)
    try:
        found = Record.model_validate_json(text)
        check_model_tag(found.model_id)
    except (ValidationError, InvalidModelIdError):
        return None
    return found
