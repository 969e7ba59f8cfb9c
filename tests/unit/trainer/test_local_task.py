"""A task from kubectl's YAML, read at the desk."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sbert_trainer.errors import UsageError
from sbert_trainer.local_task import LocalTask, read_local_task

EXAMPLES = Path(__file__).parents[3] / "examples"
TASK = """\
apiVersion: sbert-operator.dev/v1alpha1
kind: TrainingTask
metadata:
  name: {name}
spec:
  modelTag: base
  trainDatasetIds: [faq]
  {more}
"""
BEGAN = datetime(2026, 1, 1, 9, 59, 50, tzinfo=UTC)


def a_text(name: str = "demo", more: str = "device: cpu") -> str:
    return TASK.format(name=name, more=more)


def read(folder: Path, text: str, name: str | None = None, device: str | None = None) -> LocalTask:
    (folder / "task.yaml").write_text(text)
    return read_local_task(folder / "task.yaml", name, device)


def refusal(folder: Path, text: str, name: str | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        read(folder, text, name)
    return caught.value.message.replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("quickstart", "quickstart"),
        ("full", "full"),
        ("broken", "broken"),
        ("gates", "promoted"),
    ],
)
def test_the_examples_are_read(file: str, name: str) -> None:
    task = read_local_task(EXAMPLES / f"{file}.yaml")
    assert task.name == name
    assert task.spec.model_tag == "models--sentence-transformers--all-MiniLM-L6-v2"


def test_the_same_file_is_the_same_run_and_another_spec_another(tmp_path: Path) -> None:
    first, again = read(tmp_path, a_text()), read(tmp_path, "# a comment\n" + a_text())
    assert first.begun(BEGAN) == again.begun(BEGAN)
    assert read(tmp_path, a_text(more="epochs: 1")).run_key != first.run_key
    assert read(tmp_path, a_text(more="epochs: 2")).run_key != first.run_key
    assert read(tmp_path, a_text(name="other")).uid != first.uid


def test_the_model_gets_an_id_like_a_cluster_s(tmp_path: Path) -> None:
    task = read(tmp_path, a_text())
    found = task.begun(BEGAN)
    assert found.model_id == f"trained_models/base-finetuned-20260101-095950-{task.uid[:8]}"


def test_a_device_of_the_command_line_takes_the_place_of_the_spec_s(tmp_path: Path) -> None:
    assert read(tmp_path, a_text(more="device: cuda"), device="cpu").spec.device == "cpu"
    assert read(tmp_path, a_text(more=""), device="auto").spec.device == "auto"


def test_other_documents_are_skipped_which_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n---\n" + a_text()
    assert read(tmp_path, text).name == "demo"
    said = capsys.readouterr().err
    assert f"{tmp_path}/task.yaml:1: ConfigMap, no TrainingTask: skipped" in said


def test_what_only_a_cluster_uses_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read(tmp_path, a_text(more="backoffLimit: 1\n  nodeSelector: {a: b}"))
    assert "backoffLimit, nodeSelector: for a cluster, not used here" in capsys.readouterr().err


def test_one_of_several_tasks_is_chosen_by_its_name(tmp_path: Path) -> None:
    text = a_text("one") + "---\n" + a_text("two")
    assert read(tmp_path, text, "two").name == "two"
    assert refusal(tmp_path, text) == ("task.yaml: found 2 tasks: one, two; choose one with --name")
    assert refusal(tmp_path, text, "three") == (
        "task.yaml: expected a TrainingTask three, found one, two"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "task.yaml: expected a TrainingTask, found none", id="empty"),
        pytest.param("[]", "task.yaml: expected a TrainingTask, found none", id="a list"),
        pytest.param(
            "kind: Pod", "task.yaml: expected a TrainingTask, found none", id="wrong kind"
        ),
        pytest.param(a_text(more="epochs: [1"), "task.yaml:9: expected YAML: ", id="broken YAML"),
        pytest.param(
            a_text(more="seed: 1\n  seed: 2"),
            "task.yaml:9: expected YAML: the key seed is there twice",
            id="a key twice",
        ),
        pytest.param(
            a_text(more="epochs: {{ .Values.epochs }}"),
            "task.yaml:8: expected YAML: found unhashable key",
            id="a template",
        ),
        pytest.param(
            a_text(more="epochs: ${EPOCHS}"), "task.yaml:8: spec.epochs: ", id="a placeholder"
        ),
        pytest.param(
            a_text(more="epcohs: 3"),
            "task.yaml:8: spec.epcohs: unknown field, did you mean epochs?",
            id="a misspelt field",
        ),
        pytest.param(
            a_text(more="valDatasetId: faq"),
            "task.yaml:8: spec.valDatasetId: valDatasetId is the only train dataset: a model is not"
            " trained on what it is judged by; leave valDatasetId out to split the data 90/10",
            id="a rule of several fields",
        ),
        pytest.param("a: " * 2000, "task.yaml:1: expected YAML: ", id="nonsense"),
        pytest.param("[" * 5000, "task.yaml: nested too deeply", id="deep"),
    ],
)
def test_what_is_no_task_is_refused_by_file_and_line(tmp_path: Path, text: str, words: str) -> None:
    assert refusal(tmp_path, text).startswith(words)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.yaml: cannot be read: No such file or directory"):
        read_local_task(tmp_path / "gone.yaml")
    (tmp_path / "latin").write_bytes(b"name: \xe4")
    with pytest.raises(UsageError, match="latin: expected UTF-8, found another byte at 6"):
        read_local_task(tmp_path / "latin")
