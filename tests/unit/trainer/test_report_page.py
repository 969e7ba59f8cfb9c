"""report.html as one page: whatever a spec says stays text, and the page needs nothing else."""

import json
import re
from pathlib import Path

import pytest

from sbert_trainer.intervals import Comparison
from sbert_trainer.manifest import BaseModel, Manifest
from sbert_trainer.report.page import build_report
from sbert_trainer.report.write import write_report
from sbert_trainer.training_log import TRAINING_LOG
from tests.unit.trainer.reports import (
    a_comparison,
    a_history,
    row_scores,
    some_facts,
    some_triplets,
)
from tests.unit.trainer.test_report import Page

HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(1)> \" ' & {{ 7 * 191 }}"


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """What is known of a model."""
    return some_facts(tmp_path_factory.mktemp("facts") / "model", a_comparison())


@pytest.fixture(scope="module")
def html(facts: Manifest) -> str:
    """The report of a training whose every text is hostile."""
    data = {"warnings": [HOSTILE], "validation_dataset": HOSTILE}
    hostile: dict[str, object] = {
        "data": facts.data.model_copy(update=data),
        "device": HOSTILE,
        "model_id": HOSTILE,
        "run_key": HOSTILE,
        "base_model": BaseModel(tag=HOSTILE, digest=facts.base_model.digest),
        "task": {"name": HOSTILE, "namespace": HOSTILE, "uid": HOSTILE},
        "datasets": {HOSTILE: facts.datasets["faq"]},
        "parameters": facts.parameters | {"outputPath": HOSTILE, "modelTag": HOSTILE},
        "versions": {HOSTILE: HOSTILE},
    }
    rows = some_triplets(question=HOSTILE, positive=HOSTILE, negative=HOSTILE)
    return build_report(facts.model_copy(update=hostile), a_comparison(), rows, a_history())


def test_d27_what_a_spec_says_is_shown_and_never_run(html: str) -> None:
    page = Page(html)
    assert not {"script", "img"} & set(page.tags)
    assert page.tags.count("style") == 1
    assert [name for name, _ in page.attributes if name.startswith("on")] == []
    # Of 20 questions each text, warning, datasets, versions, parameters, task and title.
    assert page.text.count(HOSTILE) > 65, "as it was written"
    assert "1337" not in page.text, "no text is a template"


def test_it_names_no_other_place(html: str) -> None:
    assert re.findall(r"(?i)https?:|//\w+\.\w+|@import|xlink|data:", html) == []


def test_every_colour_is_named_for_light_dark_and_paper(html: str) -> None:
    style, _, body = html.partition("</style>")
    palettes = [
        set(re.findall(r"--(\w+):", rule)) for rule in re.findall(r":root \{[^}]*\}", style)
    ]
    used = set(re.findall(r"var\(--(\w+)\)", html)) - {"colour"}
    assert len(palettes) == 3
    assert all(used <= palette for palette in palettes)
    assert re.findall(r"#[0-9a-fA-F]{6}\b", body) == [], "a chart in colours of its own"


def test_the_questions_that_moved_are_shown_in_their_order(tmp_path: Path) -> None:
    ranks = list(range(2, 14))
    base, trained = row_scores([*ranks, *[1] * 12, 5]), row_scores([*[1] * 12, *ranks, 5])
    comparison = Comparison(base, trained)
    facts = some_facts(tmp_path / "model", comparison)
    text = Page(build_report(facts, comparison, some_triplets(25), a_history())).text
    shown = [int(number) for number in re.findall(r"What is thing (\d+)\?", text)]
    # From rank 2 to 1 is the least of all, from 5 to 5 is nothing.
    assert shown == [*range(11, 1, -1), *range(23, 13, -1)]


def test_who_was_judged_by_a_single_row_is_told_what_that_is_worth(tmp_path: Path) -> None:
    comparison = a_comparison(1)
    facts = some_facts(tmp_path / "model", comparison)
    text = Page(build_report(facts, comparison, some_triplets(1), a_history(1))).text
    assert "Judged by 1 row not trained on." in text
    assert "The model was judged by a single row, which says nothing of others." in text


def test_a_full_disk_is_not_taken_for_a_defect_of_the_report(
    facts: Manifest, tmp_path: Path
) -> None:
    (tmp_path / TRAINING_LOG).write_text(json.dumps(a_history().evaluations[0]) + "\n")
    (tmp_path / "report.html").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write_report(tmp_path, facts, a_comparison(), some_triplets())
