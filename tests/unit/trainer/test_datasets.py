"""Dataset files as wholes: what is no dataset, bounded errors, warnings, the digest."""

import gzip
import hashlib
from pathlib import Path

import pytest

from sbert_trainer.errors import (
    DatasetValidationError,
    InvalidDatasetIdError,
    TrainingDatasetNotFoundError,
)
from sbert_trainer.validation import datasets
from sbert_trainer.validation.datasets import Findings
from sbert_trainer.validation.faults import FaultError
from sbert_trainer.validation.lines import MAX_LINE_BYTES, numbered_lines, open_dataset
from tests.unit.trainer.builders import a_line, a_row, write_dataset
from tests.unit.trainer.dataset_files import check, failure

CHANGED = (
    "faq.jsonl: was changed while it was read, expected a file at rest;"
    " start again when it is complete"
)
NO_ROWS = "faq.jsonl: found no rows, expected at least one; write the data into it"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            b"",
            NO_ROWS,
            id="D04 empty",
        ),
        pytest.param(
            b"\n\r\n \n",
            NO_ROWS,
            id="D04 blank",
        ),
        pytest.param(
            b"\xef\xbb\xbf",
            NO_ROWS,
            id="D04 only a BOM",
        ),
        pytest.param(
            a_line().decode().encode("utf-16"),
            "faq.jsonl: found text in UTF-16 or UTF-32, expected plain JSON lines in UTF-8;"
            " save the file as UTF-8",
            id="D06 UTF-16",
        ),
        pytest.param(
            b"[" + a_line() + b"]",
            "faq.jsonl:1: found an array, expected one object in each line; turn it into "
            "lines: jq -c '.[]' old.json > new.jsonl",
            id="D12 a JSON array",
        ),
        pytest.param(
            b'{\n  "question": "Q"\n}\n',
            "faq.jsonl:1: found an object over several lines, expected each object in one "
            "line; put each into one line: jq -c . old.json > new.jsonl",
            id="D12 pretty-printed",
        ),
        pytest.param(
            gzip.compress(a_line()),
            "faq.jsonl: found a file compressed with gzip, expected plain JSON lines in "
            "UTF-8; unpack it and write the rows as plain text",
            id="D28 gzip",
        ),
        pytest.param(
            b"PAR1....",
            "faq.jsonl: found a Parquet file, expected plain JSON lines in UTF-8; write the"
            " rows with to_json(orient='records', lines=True)",
            id="D28 Parquet",
        ),
        pytest.param(
            a_line() + b"\n" + b"x" * (MAX_LINE_BYTES + 1),
            "faq.jsonl:2: found more than 1048576 bytes, expected at most that in a line; "
            "split the row, or put each into a line of its own; checking stopped here",
            id="D17 a line over 1 MiB",
        ),
        pytest.param(
            a_line(1) + b"\r" + a_line(2),
            "faq.jsonl:1: character 109: found more after the first value, expected one "
            "object in each line; put each object into a line of its own: jq -c . old.jsonl"
            " > new.jsonl",
            id="D10 carriage returns alone",
        ),
        pytest.param(
            a_line(1) + b"\n\n" + a_line(2, negative="") + b"\n",
            "faq.jsonl:3: negative: found an empty text, expected a text; write one or "
            "remove the row",
            id="blank lines count",
        ),
    ],
)
def test_a_file_that_is_no_dataset_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "faq.jsonl").write_bytes(content)
    found = failure(tmp_path)
    assert isinstance(found, DatasetValidationError)
    assert found.message == message


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(a_line(1) + b"\n" + a_line(2), id="D09 no final newline"),
        pytest.param(a_line(1) + b"\r\n" + a_line(2) + b"\r\n", id="D10 CRLF"),
        pytest.param(b"\xef\xbb\xbf" + a_line(1) + b"\n" + a_line(2) + b"\n", id="D05 a BOM"),
        pytest.param(a_line(1) + b"\n\n  \n" + a_line(2) + b"\n\n", id="D11 blank lines"),
    ],
)
def test_variants_of_line_ends_are_accepted(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "faq.jsonl").write_bytes(content)
    assert check(tmp_path).rows == {"faq": 2}


def test_a_missing_dataset_is_named_with_what_is_there(tmp_path: Path) -> None:
    write_dataset(tmp_path, "fag", a_row())
    (tmp_path / "evil\nname.jsonl").touch()
    found = failure(tmp_path)
    assert isinstance(found, TrainingDatasetNotFoundError)
    assert found.message == f"faq.jsonl: not found in {tmp_path}; there: fag.jsonl"


@pytest.mark.parametrize("dataset_id", ["../faq", "a/b", ".faq", "faq.", "", "x" * 254, "a\n", "é"])
def test_an_id_that_could_leave_the_folder_is_refused(tmp_path: Path, dataset_id: str) -> None:
    with pytest.raises(InvalidDatasetIdError):
        check(tmp_path, dataset_id)


@pytest.mark.parametrize("column", [{"score": 7.5}, {"label": "yes"}, {"label": 0}])
def test_d24_scores_and_labels_are_no_part_of_a_triplet(
    tmp_path: Path, column: dict[str, object]
) -> None:
    write_dataset(tmp_path, "faq", a_line(1, **column))
    assert check(tmp_path).warnings() == [
        f"columns beyond question, positive and negative are ignored: '{next(iter(column))}'"
    ]


def test_twenty_errors_are_shown_and_the_rest_is_counted(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", a_row(), *[a_line(n, negative="") for n in range(25)])
    found = failure(tmp_path)
    assert isinstance(found, DatasetValidationError)
    lines = found.errors
    assert [line.partition(": ")[0] for line in lines[:-1]] == [
        f"faq.jsonl:{number}" for number in range(2, 22)
    ]
    assert lines[-1] == "and 5 more errors"


def test_a_status_names_the_first_error_of_each_kind(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", a_row(), *[a_line(n, negative="") for n in range(25)], b"{}")
    assert failure(tmp_path).message == (
        "26 errors: (1) faq.jsonl:2: negative: found an empty text, expected a text; write one or"
        " remove the row (24 more of this kind: line 3, line 4, line 5, …). (2) faq.jsonl:27:"
        " question: missing in an empty object, expected a text; add the column."
    )


def test_d33_a_broken_row_far_down_is_found_with_its_line(tmp_path: Path) -> None:
    lines = [a_line(n) for n in range(50_000)]
    write_dataset(tmp_path, "faq", *lines, b"{}")
    assert failure(tmp_path).message.startswith("faq.jsonl:50001: question: missing")


def test_d19_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = write_dataset(tmp_path, "faq", a_row(1), a_row(2))
    findings = Findings()
    rows = findings.read(tmp_path, "faq")
    next(rows)
    with path.open("ab") as file:
        file.write(a_line(3) + b"\n")
    assert len(list(rows)) == 1
    assert findings.faults.lines() == [CHANGED]


def test_d19_a_file_that_is_replaced_while_it_is_read_is_refused(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", a_row(1), a_row(2))
    findings = Findings()
    rows = findings.read(tmp_path, "faq")
    next(rows)
    write_dataset(tmp_path, "other", a_row(1), a_row(2)).rename(tmp_path / "faq.jsonl")
    assert len(list(rows)) == 1
    assert findings.faults.lines() == [CHANGED]


def test_d19_a_sparse_file_is_no_rows(tmp_path: Path) -> None:
    with (tmp_path / "faq.jsonl").open("wb") as file:
        file.truncate(1 << 19)
    assert "faq.jsonl:1: character 1: found" in failure(tmp_path).message


def test_d18_more_rows_than_a_training_can_hold_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "MAX_ROWS", 3)
    write_dataset(tmp_path, "one", a_row(1), a_row(2))
    write_dataset(tmp_path, "two", a_row(3), a_row(4), a_row(5))
    with pytest.raises(DatasetValidationError) as caught:
        check(tmp_path, "one", "two")
    assert caught.value.message == (
        "two.jsonl:2: found more than 3 rows, expected at most that in all datasets;"
        " train on a part; checking stopped here"
    )


def test_duplicates_and_extra_columns_are_warned_of(tmp_path: Path) -> None:
    write_dataset(tmp_path, "faq", a_row(1), a_row(1), a_line(2, score=1), a_row(1))
    assert check(tmp_path).warnings() == [
        "2 of 4 rows are exact duplicates of another row",
        "columns beyond question, positive and negative are ignored: 'score'",
    ]


@pytest.mark.parametrize("character", ["\U000e0001", "\ud800", "\x00", "é", "'"])
def test_warnings_of_long_and_unprintable_columns_fit_the_contract(
    tmp_path: Path, character: str
) -> None:
    write_dataset(tmp_path, "faq", *[a_line(n, **{f"{n}{character * 100}": 1}) for n in range(9)])
    (names,) = check(tmp_path).warnings()
    assert names.startswith("columns beyond question, positive and negative are ignored: ")
    assert len(names) <= 512
    assert names.isprintable()


def test_a_long_line_is_read_no_further_than_its_limit(tmp_path: Path) -> None:
    with (tmp_path / "faq.jsonl").open("wb") as file:
        file.truncate(1 << 30)
    with open_dataset(tmp_path, "faq") as file:
        with pytest.raises(FaultError) as caught:
            list(numbered_lines(file, ()))
        assert caught.value.fault.advice.endswith("checking stopped here")
        assert file.tell() <= 2 * MAX_LINE_BYTES


def test_the_digest_is_over_the_contents_in_their_order(tmp_path: Path) -> None:
    one = write_dataset(tmp_path, "one", a_row(1)).read_bytes()
    two = write_dataset(tmp_path, "two", a_row(2), a_row(3)).read_bytes()
    assert check(tmp_path, "one", "two").digest == (
        f"sha256:{hashlib.sha256(one + two).hexdigest()}"
    )
    assert check(tmp_path, "two", "one").digest == (
        f"sha256:{hashlib.sha256(two + one).hexdigest()}"
    )
