"""`sbert-trainer train FILE.yaml`: what is said before torch is loaded. Run as people run it."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from sbert_api.reasons import Reason
from sbert_trainer.evaluation_words import LOCAL_EVALUATION_HINTS
from sbert_trainer.local_words import LOCAL_HINTS
from tests.unit.trainer.builders import a_model_folder, a_row, write_dataset
from tests.unit.trainer.test_local_task import a_text


def trainer(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sbert_trainer", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def train(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "task.yaml").write_text(text)
    (folder / "models").mkdir(exist_ok=True)
    done = trainer(
        "train", folder / "task.yaml", "--datasets", folder, "--models", folder / "models"
    )
    assert "Traceback" not in done.stderr
    return done


def test_the_version_is_that_of_the_package() -> None:
    assert trainer("--version").stdout == f"sbert-trainer {version('sbert-operator')}\n"


def test_a_spec_that_kubectl_refuses_is_refused_in_its_words(tmp_path: Path) -> None:
    done = train(tmp_path, a_text(more="valDatasetId: faq"))
    assert done.returncode == 2
    error, hint = done.stderr.splitlines()
    assert error.startswith(f"UsageError: {tmp_path}/task.yaml:8: spec.valDatasetId: valDatasetId")
    assert "is the only train dataset" in error
    assert "Correct what is named" in hint
    assert list((tmp_path / "models").iterdir()) == [], "nothing was begun"


def test_a_missing_model_is_named_with_what_to_do_here(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", *[a_row(n) for n in range(10)])
    done = train(tmp_path, a_text())
    assert done.returncode == 11
    assert "--models" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("hints", [LOCAL_HINTS, LOCAL_EVALUATION_HINTS])
def test_no_hint_for_a_laptop_is_a_command_for_a_cluster(hints: dict[Reason, str]) -> None:
    assert [hint for hint in hints.values() if "kubectl annotate" in hint] == []


def test_a_folder_without_weights_is_told_without_kubectl(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", *[a_row(n) for n in range(10)])
    folder = a_model_folder(tmp_path / "models" / "base")
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1")
    done = train(tmp_path, a_text())
    assert done.returncode == 13
    assert done.stderr.splitlines()[-1].endswith("copy the folder again, then run it again.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("train", "task.yaml"), "FILE.yaml needs --datasets DIR and --models DIR"),
        (("train", "--name", "x"), "--name and --device need a FILE.yaml"),
        (("train", "--device", "cpu"), "--name and --device need a FILE.yaml"),
        (("train", "task.yaml", "--task", "task.json"), "not allowed with argument"),
        (("trian",), "invalid choice: 'trian'"),
        ((), "the following arguments are required: command"),
    ],
)
def test_a_wrong_command_line_is_explained(words: tuple[str, ...], said: str) -> None:
    done = trainer(*words)
    assert done.returncode == 2
    assert said in done.stderr
