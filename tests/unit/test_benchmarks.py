"""The page of benchmarks says what the results say; without data nothing is measured."""

import json
from pathlib import Path

import pytest

from benchmarks import study_losses, write_docs
from benchmarks.page_rows import with_tables
from benchmarks.shared_data import NOT_THERE
from benchmarks.spread import ratios

MACHINE = {
    "cpu": "a processor",
    "cores": 2,
    "memory_gib": 8.0,
    "python": "3.12.0",
    "torch": "2",
    "transformers": "5",
    "sentence-transformers": "6",
    "load_average": 0.1,
    "date": "2026-01-02",
}


def write(results: Path, part: str, measured: object) -> None:
    path = results / "trainer" / f"{part}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": MACHINE, "measured": measured}))


def test_without_results_the_page_says_how_to_get_them(tmp_path: Path) -> None:
    page = write_docs.page(tmp_path)
    assert page.count("Not measured yet: `make bench-trainer`.") == 4
    assert page.count("Not measured yet: `make bench-score`.") == 1


def test_the_speed_of_checking_data_stands_beside_what_is_asked_for(tmp_path: Path) -> None:
    one = {"median": 2.0**21, "low": 2.0**20, "high": 2.0**22}
    read = {"megabytes": 318.0, "megabytes_per_cpu_second": one, "memory": one}
    measured = {"reading": {"small": read, "large": read}, "starting": one, "refusing": one}
    found = json.dumps({"machine": MACHINE, "measured": measured})
    (tmp_path / "validation.json").write_text(found)
    page = write_docs.page(tmp_path)
    assert "| largest resident set, MiB, larger file | 2 (1 to 4) | 300 at most |" in page
    assert page.count("2026-01-02: a processor") == 1


def test_handovers_stand_beside_what_is_asked_for(tmp_path: Path) -> None:
    one = {"median": 1.0, "low": 0.5, "high": 2.0}
    moments = dict.fromkeys(("lease", "first_write", "late_job", "ended"), one)
    measured = [{"signal": "SIGKILL", "finished": 5000, "runs": 3, **moments}]
    path = tmp_path / "operator" / "handover.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"machine": MACHINE, "measured": measured}))
    spread = "1 (0.5 to 2)"
    expected = f"| SIGKILL | 5000 | 3 | {spread} | {spread} | 18 at most | {spread} | {spread} |"
    assert expected in write_docs.page(tmp_path)


def test_figures_and_the_machine_come_from_the_results(tmp_path: Path) -> None:
    ours, stock = ({"median": m, "low": m - 1, "high": m + 1} for m in (7.0, 14.0))
    ratio = ratios([7.0], [14.0]).as_json()
    write(tmp_path, "first_step", {"ours": ours, "stock": stock, "ratio": ratio})
    page = write_docs.page(tmp_path)
    assert "| 7 (6 to 8) | 14 (13 to 15) | 0.5 (0.5 to 0.5) |" in page
    assert "2026-01-02: a processor, 2 cores" in page


def test_equality_shows_the_largest_difference(tmp_path: Path) -> None:
    losses = {"ours": [1.0] * 20, "stock": [1.0] * 20}
    write(tmp_path, "equality", [{"loss": "TripletLoss", "largest_difference": 3e-8, **losses}])
    assert "| TripletLoss | 20 | 3.0e-08 |" in write_docs.page(tmp_path)


def test_the_pages_in_docs_are_what_the_results_say() -> None:
    for path, text in write_docs.wanted().items():
        assert path.read_text() == text


def test_a_marked_table_is_written_anew_and_the_text_around_it_stays(tmp_path: Path) -> None:
    rows = [{"gain": 0.05, "changed": 0.1, "rows": 320}, {"gain": 0.1, "changed": 0.2, "rows": 160}]
    coverage = [{"rows": 50, "mrr10": 0.938}]
    (tmp_path / "rows.json").write_text(json.dumps({"rows": rows, "coverage": coverage}))
    text = "before\n<!-- table: rows -->\nold\n<!-- end -->\nafter\n"
    found = with_tables(text, tmp_path / "rows.json")
    assert found.startswith("before\n<!-- table: rows -->\n| gain | 10% of rows change |")
    assert "| 0.05 | 320 | - |\n| 0.1 | - | 160 |\n<!-- end -->\nafter\n" in found
    assert "old" not in found


def test_without_data_nothing_is_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.shared_data.FOLDER", tmp_path / "absent")
    monkeypatch.setattr("sys.argv", ["study_losses"])
    study_losses.main()
    assert capsys.readouterr().out.strip() == NOT_THERE
