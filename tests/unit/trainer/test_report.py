"""report.html: all that it shows is in it, and what data say stays text."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from sbert_trainer.intervals import Comparison
from sbert_trainer.manifest import Manifest
from sbert_trainer.metrics import RowScores
from sbert_trainer.report.page import build_report
from sbert_trainer.report.questions import gained_and_lost
from sbert_trainer.report.write import REPORT, write_report
from sbert_trainer.training_log import TRAINING_LOG, History, TrainingLog
from sbert_trainer.validation.rows import Triplet
from tests.unit.trainer.builders import a_model_folder, a_task, a_triplet
from tests.unit.trainer.test_published import a_manifest, some_scores

ROWS = 30


class Page(HTMLParser):
    """Tags, attributes and the words between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)


def scores(ranks: list[int], seed: int) -> RowScores:
    """Rows with these ranks and similarities of no meaning."""
    rng = np.random.default_rng(seed)
    return RowScores(
        np.array(ranks),
        rng.uniform(0, 1, len(ranks)).astype(np.float32),
        rng.uniform(-0.5, 0.5, len(ranks)).astype(np.float32),
    )


COMPARISON = Comparison(scores([5] * ROWS, 1), scores([1] * 20 + [9] * 10, 2))
STEP = {"epoch": 0.5, "loss": 1.0, "learningRate": 2e-5, "gradNorm": 1.0}
HISTORY = History(
    steps=[{"step": number, **STEP} for number in range(1, 41)],
    evaluations=[
        {"step": step, "evaluation": some_scores(0.5 + step / 100).as_json()}
        for step in (0, 20, 40)
    ],
)


@pytest.fixture
def facts(tmp_path: Path) -> Manifest:
    """What is known of a model."""
    return a_manifest(a_model_folder(tmp_path / "base"))


def page_of(facts: Manifest, rows: list[Triplet] | None = None) -> Page:
    return Page(
        build_report(facts, COMPARISON, rows or [a_triplet(n) for n in range(ROWS)], HISTORY)
    )


def test_it_answers_whether_the_model_is_better(facts: Manifest) -> None:
    text = page_of(facts).text
    assert "Triplet accuracy 0.80 → 0.90, +0.10 [0.06, 0.14]: better" in text
    assert "MRR@10" in text
    assert "no difference shown" in text
    assert "2 rows are exact duplicates of another row" in text


def test_it_has_every_chart_with_words_for_those_who_cannot_see_it(facts: Manifest) -> None:
    page = page_of(facts)
    described = [value for name, value in page.attributes if name == "aria-label" and value]
    for words in (
        "Training loss from 1 at step 1 to 1 at step 40.",
        "Learning rate from 2e-05 at step 1",
        "Triplet accuracy from 0.5 at step 0 to 0.9 at step 40.",
        "Histograms of similarities.",
    ):
        assert any(words in one for one in described), words


def test_nothing_is_fetched_and_nothing_is_run(facts: Manifest) -> None:
    text = build_report(facts, COMPARISON, [a_triplet(n) for n in range(ROWS)], HISTORY)
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object", "embed"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "src"]
    targets = [value for name, value in page.attributes if name.endswith("href")]
    assert all(value.startswith("#") for value in targets)
    assert not re.search(r"@import|url\((?!#)", text)
    assert "default-src 'none'" in text


def test_ids_are_unique_and_what_refers_to_them_finds_them(facts: Manifest) -> None:
    page = page_of(facts)
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    wanted = {value[1:] for name, value in page.attributes if name.endswith("href")}
    wanted |= {
        found for _, value in page.attributes for found in re.findall(r"url\(#([^)]+)\)", value)
    }
    assert wanted <= set(ids)


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", "</td></table>", "{{ 7*7 }}", "&lt;b&gt;", '" onload="x']
)
def test_d27_what_data_say_stays_text(facts: Manifest, evil: str) -> None:
    rows = [a_triplet(n, question=f"{evil} {n}", positive=f"{evil} p{n}") for n in range(ROWS)]
    data = facts.data.model_copy(update={"warnings": [f"columns: {evil}"]})
    plain, page = page_of(facts), page_of(facts.model_copy(update={"data": data}), rows)
    assert page.tags.count("script") == plain.tags.count("script") == 0
    assert page.tags.count("td") == plain.tags.count("td")
    assert page.text.count(" ".join(evil.split())) >= 20


def test_characters_that_turn_the_text_around_them_are_shown_as_escapes(facts: Manifest) -> None:
    rows = [a_triplet(n, question=f"a\u202eb\x1b[31m {n}") for n in range(ROWS)]
    text = page_of(facts, rows).text
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "a\\u202eb\\x1b[31m" in text


def test_the_same_training_makes_the_same_bytes(facts: Manifest) -> None:
    rows = [a_triplet(n) for n in range(ROWS)]
    first, second = (build_report(facts, COMPARISON, rows, HISTORY) for _ in range(2))
    assert first == second


def test_what_moved_most_in_the_ranking_comes_first() -> None:
    base = scores([3, 40, 2, 1, 1], 1)
    trained = scores([1, 20, 2, 2, 9], 2)
    gained, lost = gained_and_lost([a_triplet(n) for n in range(5)], Comparison(base, trained))
    assert [(change.rank.before, change.rank.after) for change in gained] == [(3, 1), (40, 20)]
    assert [(change.rank.before, change.rank.after) for change in lost] == [(1, 9), (1, 2)]


def test_at_most_ten_gained_and_ten_lost_are_shown() -> None:
    gained, lost = gained_and_lost([a_triplet(n) for n in range(ROWS)], COMPARISON)
    assert (len(gained), len(lost)) == (10, 10)


def a_folder(folder: Path) -> Path:
    """A model's folder with a training log of one step."""
    log = TrainingLog(folder / TRAINING_LOG, 1)
    log.begin(a_task(), some_scores(0.5))
    log.step(1, 1.0, {"loss": 1.0, "learning_rate": 1e-5, "grad_norm": 1.0})
    log.size()
    return folder


def test_a_training_of_one_step_and_one_row_has_a_report(tmp_path: Path, facts: Manifest) -> None:
    one = Comparison(scores([2], 1), scores([1], 2))
    write_report(a_folder(tmp_path), facts, one, [a_triplet()])
    assert "Gained" in Page((tmp_path / REPORT).read_text()).text


def test_a_report_that_cannot_be_made_costs_no_model(
    tmp_path: Path, facts: Manifest, capsys: pytest.CaptureFixture[str]
) -> None:
    (a_folder(tmp_path) / TRAINING_LOG).write_text("no JSON")
    write_report(tmp_path, facts, COMPARISON, [a_triplet(n) for n in range(ROWS)])
    assert not (tmp_path / REPORT).exists()
    assert "warning: report.html cannot be made: JSONDecodeError" in capsys.readouterr().err
