"""The card of a published model, as Markdown and as a model hub reads it."""

from pathlib import Path

import pytest
import yaml

from sbert_trainer.manifest import BaseModel, Manifest
from sbert_trainer.model_card import build_model_card
from tests.unit.trainer.builders import a_model_folder
from tests.unit.trainer.test_published import DIGEST, a_manifest


@pytest.fixture
def facts(tmp_path: Path) -> Manifest:
    """What is known of a model."""
    return a_manifest(a_model_folder(tmp_path / "base"))


def test_it_says_what_went_in_and_what_came_out(facts: Manifest) -> None:
    lines = build_model_card(facts).splitlines()
    assert (
        "| Triplet accuracy | 0.800 [0.760, 0.840] | 0.900 [0.860, 0.940] | +0.100 [0.060, 0.140]"
        " | better |"
    ) in lines
    assert any(line.startswith("| MRR@10 |") and "no difference shown" in line for line in lines)
    assert f"| faq | 10 | `{DIGEST}` |" in lines
    assert any(line.startswith("9 rows were trained on.") for line in lines)
    assert "| modelTag | base |  |" in lines
    assert "| seed | 42 | 42 |" in lines
    assert "| torch | 2.15.0 |" in lines
    assert "* 2 rows are exact duplicates of another row" in lines


def test_what_was_set_comes_before_the_defaults(facts: Manifest) -> None:
    facts.parameters["epochs"] = 7
    card = build_model_card(facts)
    assert card.index("| epochs | 7 | 1 |") < card.index("| learningRate | 2e-5 | 2e-5 |")


@pytest.mark.parametrize(
    ("tag", "base"),
    [
        ("models--org--name", "org/name"),
        ("my-folder", None),
        ("trained_models/mine", None),
    ],
)
def test_a_hub_reads_what_it_was_fine_tuned_from(
    facts: Manifest, tag: str, base: str | None
) -> None:
    facts = facts.model_copy(update={"base_model": BaseModel(tag=tag, digest=DIGEST)})
    front_matter = yaml.safe_load(build_model_card(facts).split("---\n")[1])
    assert front_matter.get("base_model") == base
    assert front_matter["library_name"] == "sentence-transformers"


def test_d27_what_data_say_cannot_leave_its_place(facts: Manifest) -> None:
    warning = "columns beyond these are ignored: '<script>|\n# big'"
    data = facts.data.model_copy(update={"warnings": [warning]})
    card = build_model_card(facts.model_copy(update={"data": data}))
    assert "* columns beyond these are ignored: '&lt;script>\\| # big'" in card.splitlines()
