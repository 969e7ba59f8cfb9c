"""Puts the results of an evaluation beside the model: `evaluations/<name>.json` and a page.

A published model stays what it was: its manifest says nothing of that folder.
"""

import tempfile
from pathlib import Path

from sbert_trainer.evaluation_record import EvaluationRecord
from sbert_trainer.files import write_guarded
from sbert_trainer.log import say

EVALUATIONS = "evaluations"


def write_results(models: Path, record: EvaluationRecord, page: bytes | None) -> str | None:
    """Write record and page; returns the page's file below the model volume.

    A volume that cannot be written costs no evaluation: the files go to a folder for temporary
    files, the log says where, and None is returned.
    """
    folder = models / record.model.tag / EVALUATIONS
    files = {f"{record.task['name']}.json": record.text().encode()}
    report = f"{record.task['name']}.report.html"
    if page is not None:
        files[report] = page
    try:
        for name, content in files.items():
            write_guarded(folder, name, content, beside=f".{record.run_key}.new")
    except OSError as error:
        say(f"{folder}: cannot be written ({error.strerror}); {_written_elsewhere(files)}")
        return None
    return None if page is None else f"{record.model.tag}/{EVALUATIONS}/{report}"


def _written_elsewhere(files: dict[str, bytes]) -> str:
    try:
        folder = Path(tempfile.mkdtemp(prefix="evaluation-"))
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        return f"nor can a temporary folder ({error.strerror}): there is no report"
    return f"the results are in {folder}"
