"""What the images hold is enough: each program starts with its own lock's packages alone."""

import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.unit.trainer.builders import a_model_folder, a_row, a_task, write_dataset

ROOT = Path(__file__).parents[2]
OURS = {"sbert_api", "sbert_operator", "sbert_trainer"}

PROGRAM = """
import runpy, sys
absent = set(sys.argv[1].split(","))
class Wall:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in absent:
            raise ModuleNotFoundError(f"{top} is not in the image", name=top)
sys.meta_path.insert(0, Wall())
sys.argv = [sys.argv[2], *sys.argv[3:]]
runpy.run_module(sys.argv[0], run_name="__main__")
"""


def packages_of(lock: str) -> set[str]:
    """Names of the top-level packages that a lock installs."""
    text = (ROOT / "requirements" / lock).read_text()
    pinned = {canonical(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    return {
        package
        for package, distributions in packages_distributions().items()
        if pinned & {canonical(name) for name in distributions}
    }


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize(
    ("lock", "module", "arguments"),
    [
        ("operator.txt", "sbert_operator", ["--help"]),
        ("operator.txt", "sbert_trainer", ["validate", "--help"]),
        ("operator.txt", "sbert_trainer", ["train", "--help"]),
        ("trainer.txt", "sbert_trainer", ["train", "--help"]),
    ],
)
def test_a_program_starts_with_the_packages_of_its_image(
    lock: str, module: str, arguments: list[str]
) -> None:
    done = run_with_the_packages_of(lock, module, *arguments)
    assert done.returncode == 0, done.stderr
    assert "usage:" in done.stdout


def test_the_operators_image_can_check_a_whole_run(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", *map(a_row, range(20)))
    a_model_folder(tmp_path / "base")
    (tmp_path / "task.json").write_text(json.dumps(a_task().as_json()))
    folders = ("--datasets", str(tmp_path), "--models", str(tmp_path))
    task = ("validate", "--task", str(tmp_path / "task.json"))
    done = run_with_the_packages_of("operator.txt", "sbert_trainer", *task, *folders)
    assert done.returncode == 0, done.stderr


def run_with_the_packages_of(
    lock: str, module: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run a module; everything that the lock does not install cannot be imported."""
    absent = ",".join(sorted(set(packages_distributions()) - packages_of(lock) - OURS))
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, absent, module, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_operators_image_holds_no_torch() -> None:
    assert not {"torch", "transformers", "sentence_transformers"} & packages_of("operator.txt")
