"""A task of a file that kubectl takes, for use outside a cluster. Torch-free.

What a cluster would add is made up: an uid of the task's name, and a run key of its spec, so that
the same file is the same run when it is used again.
"""

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic
from uuid import NAMESPACE_URL, uuid5

import yaml

from sbert_api import names, yaml12
from sbert_api.yaml12 import Document
from sbert_trainer.errors import UsageError
from sbert_trainer.forms import Form, Spec
from sbert_trainer.log import say
from sbert_trainer.task_faults import Fault, check_task

_MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class Local(Generic[Spec]):
    """A checked task of a file."""

    name: str
    namespace: str
    spec: Spec

    @property
    def uid(self) -> str:
        """Always the same for a name in a namespace."""
        return str(uuid5(NAMESPACE_URL, f"{names.GROUP}/{self.namespace}/{self.name}"))

    @property
    def run_key(self) -> str:
        """Names the run of this spec, for a file has no generation."""
        spec = self.spec.model_dump(
            mode="json", by_alias=True, exclude_defaults=True, exclude_none=True
        )
        return names.spec_digest(spec)


def read_local(
    file: Path, form: Form[Spec], cluster_only: Set[str], name: str | None, device: str | None
) -> Local[Spec]:
    """The task of the form's kind in `file`, or the one of several that is called `name`.

    `device` takes the place of the spec's; fields that are `cluster_only` are named in the log.
    Raises UsageError, which names file and line.
    """
    document = _chosen(file, _documents(file), form.kind.name, name)
    task = _with_device(document.data, device) if device else document.data
    spec, faults = check_task(task, form)
    if faults or spec is None:
        raise UsageError("; ".join(_located(file, document, faults)))
    if unused := sorted(cluster_only & set(task["spec"])):
        say(f"{', '.join(unused)}: for a cluster, not used here")
    metadata = task["metadata"]
    return Local(metadata["name"], str(metadata.get("namespace") or "default"), spec)


def _documents(file: Path) -> list[Document]:
    try:
        with file.open("rb") as opened:
            return yaml12.documents(opened.read(_MAX_BYTES).decode())
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: expected UTF-8, found another byte at {error.start}") from error
    except RecursionError as error:
        raise UsageError(f"{file}: nested too deeply") from error
    except yaml.YAMLError as error:
        line, words = yaml12.explain(error)
        raise UsageError(f"{file}:{line or 1}: expected YAML: {words}") from error


def _chosen(file: Path, documents: list[Document], kind: str, name: str | None) -> Document:
    tasks = [document for document in documents if _kind(document) == kind]
    for document in documents:
        if document not in tasks:
            say(f"{file}:{document.line(())}: {_kind(document)}, no {kind}: skipped")
    there = [_name(task) for task in tasks]
    wanted = [task for task in tasks if name in (None, _name(task))]
    if len(wanted) == 1:
        return wanted[0]
    found = ", ".join(there) or "none"
    if len(tasks) > 1 and name is None:
        raise UsageError(f"{file}: found {len(tasks)} tasks: {found}; choose one with --name")
    article = "an" if kind.startswith("E") else "a"
    what = f"{article} {kind}" + (f" {name}" if name else "")
    raise UsageError(f"{file}: expected {what}, found {found if not wanted else 'it twice'}")


def _kind(document: Document) -> str:
    data = document.data
    return str(data.get("kind")) if isinstance(data, dict) else type(data).__name__


def _name(task: Document) -> str:
    metadata = task.data.get("metadata")
    return str(metadata.get("name")) if isinstance(metadata, dict) else "without a name"


def _with_device(task: dict[str, Any], device: str) -> dict[str, Any]:
    spec = task.get("spec")
    return {**task, "spec": {**spec, "device": device}} if isinstance(spec, dict) else task


def _located(file: Path, document: Document, faults: list[Fault]) -> list[str]:
    lines = sorted((document.line(fault.place), str(fault)) for fault in faults)
    return [f"{file}:{line}: {words}" for line, words in lines]
