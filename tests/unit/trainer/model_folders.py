"""Finds and checks model folders for tests, and lays them out as a hub cache does."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from sbert_api.result import Published
from sbert_trainer.errors import TrainerError
from sbert_trainer.outcome import as_trainer_error
from sbert_trainer.prepare import Inputs, Volumes, prepare
from sbert_trainer.published import find_published
from sbert_trainer.validation.model_files import check_model
from sbert_trainer.validation.model_folder import find_model
from sbert_trainer.work_folder import WorkFolder
from tests.unit.trainer.builders import a_model_folder, a_row, a_task, write_dataset


def check(root: Path, tag: str = "base") -> Path:
    folder = find_model(root, tag)
    check_model(folder, root).check_numbers()
    return folder


def refusal(root: Path, tag: str = "base") -> TrainerError:
    with pytest.raises(TrainerError) as caught:
        check(root, tag)
    return caught.value


def a_hub_cache(root: Path, tag: str = "models--org--name", revision: str = "abc123") -> Path:
    """As huggingface_hub lays it out: files are links into blobs."""
    folder = root / tag
    return as_hub_cache(a_model_folder(folder / "snapshots" / revision))


def as_hub_cache(snapshot: Path) -> Path:
    """Turn the files of `…/snapshots/<revision>` into links to blobs, and name it in refs/main."""
    folder = snapshot.parent.parent
    (folder / "blobs").mkdir()
    for number, path in enumerate(p for p in sorted(snapshot.rglob("*")) if p.is_file()):
        path.rename(folder / "blobs" / str(number))
        path.symlink_to(os.path.relpath(folder / "blobs" / str(number), path.parent))
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(snapshot.name)
    return snapshot


def some_volumes(folder: Path) -> Volumes:
    """A good dataset, and a model volume without models."""
    (folder / "datasets").mkdir()
    (folder / "models").mkdir()
    write_dataset(folder / "datasets", "faq", *map(a_row, range(20)))
    return Volumes(folder / "datasets", folder / "models")


def attempt(volumes: Volumes, **fields: Any) -> Inputs | Published | TrainerError:
    """What an attempt does before torch is loaded: the checked input, the result of an earlier
    attempt, or the error that ends it."""
    task = a_task(**fields)
    try:
        with WorkFolder(volumes.models, task.uid, task.run_key):
            return find_published(volumes.models, task) or prepare(task, volumes)
    except Exception as error:  # as the command does
        return as_trainer_error(error, volumes.models)


def everything_in(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Every file below a folder with its size, its time and the target of a link; not `.work`."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if not name.startswith("models/.work"):
            facts = path.lstat()
            target = str(path.readlink()) if path.is_symlink() else ""
            is_folder = stat.S_ISDIR(facts.st_mode)  # its time changes with what is in it
            written = (0, 0) if is_folder else (facts.st_size, facts.st_mtime_ns)
            found[name] = (*written, target)
    return found
