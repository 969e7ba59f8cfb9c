"""What must be true of the model volume after an attempt, however it ended."""

import re
from dataclasses import dataclass

from sbert_api.result import Published, StepResult, parse_termination_message
from sbert_api.v1alpha1.scores import Metrics
from sbert_api.v1alpha1.training_status import DataFacts
from sbert_trainer.files import files_below, sha256
from sbert_trainer.manifest import MANIFEST, describe_files, read_manifest
from tests.trainer.crash.laboratory import Laboratory, the_task
from tests.trainer.crash.trial import Trial

_TIMED = {MANIFEST, "README.md", "report.html"}
"""They say how long the training took."""


@dataclass(frozen=True)
class Model:
    """What two published models are compared by."""

    files: dict[str, str]
    """Digests of all that must be the same, bit by bit."""
    metrics: Metrics
    data: DataFacts


def published_model(trial: Trial, model_id: str | None = None) -> Model | None:
    """The published model, None if nothing has its id.

    Anything else than a whole model that fits its manifest fails the test.
    """
    folder = trial.models / (model_id or the_task().model_id)
    if not folder.exists() and not folder.is_symlink():
        return None
    found = read_manifest(folder)
    assert found, f"published without a manifest: {[str(path) for path in files_below(folder)]}"
    manifest, _ = found
    assert describe_files(folder) == manifest.files, "what was published is not what it says"
    same = [path for path in files_below(folder) if path.name not in _TIMED]
    files = {str(path.relative_to(folder)): sha256(path) for path in same}
    return Model(files, manifest.metrics, manifest.data)


def said(trial: Trial) -> StepResult | None:
    """What the attempt wrote for the operator, None if it had no time to."""
    return parse_termination_message(trial.log.read_text()) if trial.log.exists() else None


def assert_whole_or_nothing(trial: Trial) -> None:
    """After any end: a whole model or none, and no word of success without one."""
    model, result = published_model(trial), said(trial)
    assert model or not isinstance(result, Published), "success was reported without a model"


def assert_ends_well(lab: Laboratory, trial: Trial, expected: Model, *, from_step: int = 0) -> None:
    """The next attempt publishes what an uninterrupted one publishes, and leaves nothing else.

    It need not train anew what was done up to `from_step`.
    """
    was_published = published_model(trial) is not None
    code = lab.run_again(trial)
    assert code == 0, f"the next attempt ended with {code}: {stderr(trial)}"
    assert isinstance(said(trial), Published)
    assert_same(published_model(trial), expected)
    assert was_published or resumed_step(trial) >= from_step, (
        f"a checkpoint of step {from_step} was lost: {stderr(trial)}"
    )
    left = [str(path) for path in (trial.models / ".work").iterdir()]
    assert not left, f"the work folder is left: {left}"


def assert_same(found: Model | None, expected: Model) -> None:
    """The same names, bits and scores."""
    assert found, "nothing was published"
    names = found.files.keys() ^ expected.files.keys()
    assert not names, f"files of one model only: {sorted(names)}"
    differing = [name for name in found.files if found.files[name] != expected.files[name]]
    assert not differing, f"other content than after an uninterrupted run: {differing}"
    assert found == expected, "other scores or data than of an uninterrupted run"


def stderr(trial: Trial) -> str:
    """The last that the attempt said to people."""
    return (trial.folder / "stderr").read_text(errors="replace")[-3000:]


def operations(trial: Trial) -> list[str]:
    """Kind and path of each file operation of the last attempt."""
    return (trial.folder / "notes").read_text().splitlines()


def lost(trial: Trial) -> list[str]:
    """What a power cut could have taken away when it was shown or relied on."""
    return (trial.folder / "lost").read_text().splitlines()


def phases(trial: Trial) -> list[str]:
    """The phases that the last attempt reached."""
    return (trial.folder / "phases").read_text().splitlines()


def resumed_step(trial: Trial) -> int:
    """The step after which the last attempt went on, 0 if it began anew."""
    found = re.search(r"going on after step (\d+)", (trial.folder / "stderr").read_text())
    return int(found[1]) if found else 0
