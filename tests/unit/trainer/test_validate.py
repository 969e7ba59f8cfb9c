"""`sbert-trainer validate`, run as people run it, and as the operator's preflight runs it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sbert_api.reasons import HINTS, Reason
from sbert_api.result import Checked, Failed, StepResult, parse_termination_message
from sbert_trainer.validation.datasets import Findings
from tests.unit.trainer.builders import a_line, a_model_folder, a_row, a_task, write_dataset

_HEAVY = {"torch", "transformers", "sentence_transformers", "datasets", "numpy"}
_NEEDS_NO_MODEL = {"safetensors", "tokenizers"}
EMPTY = "negative: found an empty text, expected a text; write one or remove the row"


def validate(
    folder: Path, *arguments: str, unwanted: set[str] = _HEAVY
) -> subprocess.CompletedProcess[str]:
    """Run the command, and fail in it if an unwanted library was loaded."""
    program = (
        "import sys; from sbert_trainer.__main__ import main; code = main();"
        f"loaded = {unwanted!r} & set(sys.modules); assert not loaded, loaded; sys.exit(code)"
    )
    command = [sys.executable, "-c", program, "validate", "--datasets", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def as_json(folder: Path, *arguments: str) -> dict[str, Any]:
    """What the command writes with --json."""
    done = validate(folder, "--json", *arguments)
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["exitCode"] == done.returncode
    return found


def test_good_datasets_are_summarised(tmp_path: Path) -> None:
    write_dataset(tmp_path, "one", a_row(1), a_row(1))
    write_dataset(tmp_path, "two", a_row(2))
    done = validate(tmp_path, "one", "two", unwanted=_HEAVY | _NEEDS_NO_MODEL)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:6] == [
        "one.jsonl: 2 rows of 216 bytes",
        "two.jsonl: 1 row of 108 bytes",
        "training: 2 rows",
        "validation: 1 row, split off",
        "leaks: none, the split leaves no question or positive on both sides",
        "duplicates: 1 of 3 rows (33.3%) repeat another row exactly",
    ]
    assert lines[-2] == "warning: 1 of 3 rows are exact duplicates of another row"


def test_good_datasets_as_json(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", a_row(1), a_line(2, score=1))
    found = as_json(tmp_path, "faq")
    assert (found["valid"], found["errorCount"]) == (True, 0)
    summary = found["summary"]
    findings = Findings()
    assert len(list(findings.read(tmp_path, "faq"))) == 2
    assert summary["datasets"]["faq"]["digest"] == findings.digests["faq"]
    assert (summary["trainRows"], summary["validationRows"]) == (1, 1)
    assert (
        "columns beyond question, positive and negative are ignored: 'score'" in summary["warnings"]
    )


@pytest.mark.parametrize(
    ("dataset_id", "code", "reason"),
    [
        ("bad", 15, "DatasetValidationError"),
        pytest.param("gone", 12, "TrainingDatasetNotFoundError", id="D01"),
        ("../x", 10, "InvalidDatasetIdError"),
    ],
)
def test_bad_datasets_end_with_the_code_of_their_reason(
    tmp_path: Path, dataset_id: str, code: int, reason: str
) -> None:
    write_dataset(tmp_path, "bad", a_line(negative=""))
    found = as_json(tmp_path, dataset_id)
    assert (found["valid"], found["exitCode"], found["reason"]) == (False, code, reason)
    assert validate(tmp_path, dataset_id).returncode == code


def test_each_bad_row_has_a_line_of_its_own(tmp_path: Path) -> None:
    write_dataset(tmp_path, "bad", a_line(1, negative=""), a_row(2), a_line(3, negative=""))
    assert validate(tmp_path, "bad").stderr.splitlines() == [
        f"bad.jsonl:1: {EMPTY}",
        f"bad.jsonl:3: {EMPTY}",
        "Mend the lines that are named, and run it again.",
    ]
    errors = as_json(tmp_path, "bad")["errors"]
    assert [(error["line"], error["place"]) for error in errors] == [
        (1, "negative"),
        (3, "negative"),
    ]


def test_d30_what_both_sides_share_is_counted(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", *[a_row(n) for n in range(5)])
    write_dataset(tmp_path, "held", a_row(1), a_row(9))
    summary = as_json(tmp_path, "faq", "--validation", "held")["summary"]
    assert (summary["leakedRows"], summary["leakedTexts"]) == (1, 2)
    assert (summary["trainRows"], summary["validationRows"]) == (5, 2)


def test_texts_are_measured_in_the_tokens_of_a_model(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", a_line(1, question="a b c"), a_row(2))
    tokenizer = a_model_folder(tmp_path / "models" / "base") / "tokenizer.json"
    words = json.loads(tokenizer.read_text()) | {"pre_tokenizer": {"type": "Whitespace"}}
    tokenizer.write_text(json.dumps(words))
    models = ("--model", "base", "--models", str(tmp_path / "models"))
    lengths = as_json(tmp_path, "faq", *models)["summary"]["lengths"]
    assert lengths["units"]["tokens"]["question"]["max"] == len("What is thing 2 ?".split())


def test_d27_control_characters_of_the_data_do_not_reach_the_terminal(tmp_path: Path) -> None:
    line = a_line(**{"\x1b[31mred": 1})
    write_dataset(tmp_path, "faq", line, line.replace(b'"positive"', b'"\\u001b[2J"'), a_row(3))
    done = validate(tmp_path, "faq")
    assert done.returncode == 15
    assert "\x1b" not in done.stdout + done.stderr


def test_d32_a_folder_full_of_strange_names_is_listed_as_far_as_they_are_plain(
    tmp_path: Path,
) -> None:
    (tmp_path / "fag.jsonl").touch()
    (tmp_path / "evil\nname.jsonl").touch()
    (tmp_path / ("x" * 249 + ".jsonl")).touch()
    Path(str(tmp_path) + "/\udcff.jsonl").touch()
    message = as_json(tmp_path, "faq")["message"]
    assert message.startswith(f"faq.jsonl: not found in {tmp_path}; there: fag.jsonl, xxx")
    assert message.isprintable()


def preflight(folder: Path, **fields: Any) -> tuple[int, StepResult]:
    """Run the command as the operator's Job does; its code, and what it leaves for the operator."""
    (folder / "task.json").write_text(json.dumps(a_task(**fields).as_json()))
    done = validate(
        *(folder, "--models", str(folder / "models"), "--task", str(folder / "task.json")),
        *("--termination-log", str(folder / "log")),
    )
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.returncode, parse_termination_message((folder / "log").read_text())


def test_the_preflight_of_a_good_run_says_so_to_the_operator(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", *map(a_row, range(20)))
    a_model_folder(tmp_path / "models" / "base")
    code, found = preflight(tmp_path)
    assert code == 0
    assert isinstance(found, Checked)
    assert (found.data.train_rows, found.reused) == (18, None)


def test_the_preflight_of_a_bad_run_says_why(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", a_line(negative=""))
    a_model_folder(tmp_path / "models" / "base")
    code, found = preflight(tmp_path)
    assert code == 15
    hint = HINTS[Reason.DATASET_VALIDATION]
    assert found == Failed(
        reason="DatasetValidationError", message=f"faq.jsonl:1: {EMPTY}", hint=hint
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "expected an ID of a dataset, or --task FILE.json"),
        (("faq", "--task", "x"), "--task names datasets and model itself"),
        (("--json", "--task", "x"), "--task names datasets and model itself"),
    ],
)
def test_a_wrong_command_line_is_explained(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = validate(tmp_path, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
