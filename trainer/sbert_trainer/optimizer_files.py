"""The optimizer's state in a trained model's folder: whether a task starts from it. Torch-free.

    optimizer/state.json          the optimizer's name, and its numbers
              state.safetensors   its tensors, by `<parameter>.<name in the state>`

It is used only as the model's manifest describes it, byte for byte.
"""

from pathlib import Path

from pydantic import ValidationError

from sbert_api.contract import Contract
from sbert_api.v1alpha1.training_task import Optimizer
from sbert_trainer.errors import TrainingModelWeightsNotFoundError
from sbert_trainer.files import sha256
from sbert_trainer.log import say
from sbert_trainer.manifest import FileEntry, read_manifest
from sbert_trainer.validation.model_code import check_entries

FOLDER = "optimizer"
STATE = "state.json"
TENSORS = "state.safetensors"


class StateFacts(Contract):
    """What state.json holds."""

    optimizer_name: Optimizer
    """optimizerName: of the task that kept the state."""
    step: int
    """step: optimizer steps of that task's run before it was kept."""
    numbers: dict[str, dict[str, float]]
    """numbers: what the optimizer remembers beside tensors, by parameter."""


def find_optimizer_state(folder: Path, root: Path, optimizer_name: Optimizer) -> Path | None:
    """The folder with a state of `optimizer_name` in the model's `folder`, if there is one.

    Raises TrainingModelWeightsNotFoundError if it is not as it was published, InvalidModelIdError
    for links that leave `root`.
    """
    part = folder / FOLDER
    if not (part / STATE).exists():
        return None
    check_entries(part, folder, root)
    found = read_manifest(folder)
    for path in (part / STATE, part / TENSORS):
        name = str(path.relative_to(folder))
        if found is None or not path.is_file() or found[0].files.get(name) != _entry(path):
            raise _damaged(name)
    facts = read_facts(part)
    if facts.optimizer_name != optimizer_name:
        say(
            f"the optimizer's state of {folder.name} is not used: it is {facts.optimizer_name}'s,"
            f" optimizerName is {optimizer_name}"
        )
        return None
    return part


def read_facts(part: Path) -> StateFacts:
    """What state.json says. Raises TrainingModelWeightsNotFoundError."""
    try:
        return StateFacts.model_validate_json((part / STATE).read_text())
    except (ValidationError, UnicodeDecodeError) as error:
        raise _damaged(f"{FOLDER}/{STATE}") from error


def _entry(path: Path) -> FileEntry:
    return FileEntry(sha256=sha256(path), size=path.stat().st_size)


def _damaged(name: str) -> TrainingModelWeightsNotFoundError:
    return TrainingModelWeightsNotFoundError(
        f"{name}: expected the optimizer's state as MANIFEST.json describes it, found other bytes",
        hint=f"Remove the model's folder {FOLDER} to start with a new optimizer.",
    )
