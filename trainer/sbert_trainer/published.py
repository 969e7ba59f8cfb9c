"""Whether a run's model is published: an attempt may have died after the rename. Torch-free."""

from pathlib import Path

from sbert_api.reasons import RUN_AGAIN
from sbert_api.result import Published
from sbert_api.task_file import TaskFile
from sbert_api.v1alpha1.gate import Gate
from sbert_trainer.errors import OutputConflictError
from sbert_trainer.gates import judged
from sbert_trainer.manifest import Manifest, differing_files, read_manifest


def find_published(models: Path, task: TaskFile) -> Published | None:
    """The result of this run if its model is in place, None if the id is free.

    Raises OutputConflictError if anything else has the id.
    """
    target = models / task.model_id
    if not target.exists() and not target.is_symlink():
        return None
    found = read_manifest(target)
    if found is None:
        raise _conflict(f"{task.model_id}: is there already, without a manifest of a run")
    manifest, digest = found
    if manifest.run_key != task.run_key:
        raise _conflict(f"{task.model_id}: was published by the run {manifest.run_key}")
    if damaged := differing_files(target, manifest):
        raise _conflict(
            f"{task.model_id}: was published by this run, but {damaged[0]} was changed since"
        )
    return as_result(manifest, digest, task.spec.promote_if)


def _conflict(message: str) -> OutputConflictError:
    return OutputConflictError(
        message,
        hint=f"Move that folder away if nobody needs it, then {RUN_AGAIN}; or choose another"
        " outputPath.",
    )


def as_result(manifest: Manifest, digest: str, gate: Gate | None = None) -> Published:
    """What the manifest says, as the result of a run whose gate is `gate`."""
    return Published(
        run_key=manifest.run_key,
        content_key=manifest.content_key,
        model_id=manifest.model_id,
        manifest_digest=digest,
        device=manifest.device,
        training_seconds=manifest.training_seconds,
        data=manifest.data,
        metrics=manifest.metrics,
        gate=judged(gate, manifest.gate_intervals, manifest.data.validation_rows, "the base model"),
    )
