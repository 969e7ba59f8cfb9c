"""The gate of a task is judged by what the manifest of its model says, whoever trained that."""

from pathlib import Path
from typing import Any

import pytest

from sbert_api.v1alpha1.gate import CONFIDENCES, Gate
from sbert_trainer.manifest import MANIFEST, Manifest, digest_of
from sbert_trainer.published import as_result, find_published
from sbert_trainer.run_records import find_recorded, record
from tests.unit.trainer.builders import a_task
from tests.unit.trainer.reports import a_comparison, some_facts

ROWS = 200


def publish(models: Path, **fields: Any) -> Manifest:
    """Put a model in its place whose scores are those of a comparison, and record it."""
    folder = models / a_task().model_id
    manifest = some_facts(folder, a_comparison(ROWS))
    data = manifest.data.model_copy(update={"validation_rows": ROWS})
    manifest = manifest.model_copy(update={"data": data} | fields)
    (folder / MANIFEST).write_text(manifest.text())
    record(models, as_result(manifest, digest_of(manifest.text())))
    return manifest


def test_a_run_that_was_published_has_its_own_gate_judged(tmp_path: Path) -> None:
    manifest = publish(tmp_path)
    found = find_published(tmp_path, a_task(promoteIf={"metric": "mrr10", "minGain": -1}))
    assert found is not None
    assert found.gate is not None
    gain = manifest.intervals["gain"]["mrr10"]
    assert (found.gate.value, found.gate.low, found.gate.passed) == (gain.value, gain.low, True)
    assert "on 200 rows against the base model" in found.gate.message


def test_without_a_gate_nothing_is_judged(tmp_path: Path) -> None:
    publish(tmp_path)
    found = find_published(tmp_path, a_task())
    assert found is not None
    assert found.gate is None


@pytest.mark.parametrize("confidence", CONFIDENCES)
def test_a_reused_model_is_judged_by_the_gate_of_who_reuses_it(
    tmp_path: Path, confidence: float
) -> None:
    manifest = publish(tmp_path)
    low = manifest.gate_intervals["ndcg10"][f"{confidence:g}"].low
    for min_gain, passed in ((low, True), (low + 1e-6, False)):
        gate = Gate(metric="ndcg10", min_gain=min_gain, confidence=confidence)
        found = find_recorded(tmp_path, manifest.content_key, gate)
        assert found is not None
        assert found.gate is not None
        assert (found.gate.confidence, found.gate.passed) == (confidence, passed)


def test_a_model_without_these_numbers_is_not_reused_by_a_task_with_a_gate(tmp_path: Path) -> None:
    manifest = publish(tmp_path, gate_intervals={})
    assert find_recorded(tmp_path, manifest.content_key, Gate()) is None
    assert find_recorded(tmp_path, manifest.content_key) is not None
