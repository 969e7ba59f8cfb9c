"""Names made of a task: the same each time, and names that Kubernetes takes."""

import re
from datetime import UTC, datetime

import pytest

from sbert_api import names
from sbert_api.v1alpha1.training_task import TrainingTaskSpec

DNS_LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
SPEC = {"modelTag": "m", "trainDatasetIds": ["a"]}


def test_a_runs_key_depends_on_uid_generation_and_annotation() -> None:
    key = names.run_key("uid-1", 1, "")
    assert key == names.run_key("uid-1", 1, "")
    others = {
        names.run_key("uid-2", 1, ""),
        names.run_key("uid-1", 2, ""),
        names.run_key("uid-1", 1, "2026-01-01"),
    }
    assert len(others | {key}) == 4


def test_a_specs_digest_depends_on_its_content_and_not_on_its_order() -> None:
    digest = names.spec_digest(SPEC)
    assert digest == names.spec_digest(dict(reversed(SPEC.items())))
    assert digest != names.spec_digest({**SPEC, "epochs": 2})


def test_keys_and_digests_never_change_between_versions() -> None:
    assert names.run_key("uid-1", 1, "") == "1851410f73491eb9"
    assert names.spec_digest(SPEC) == "c2d359d517f8efcf"


@pytest.mark.parametrize(
    "task_name", ["a", "a" * 200, "a.b.c", "x" * 39 + ".y", "x" * 38 + "--y", "9"]
)
def test_a_job_name_is_a_dns_label(task_name: str) -> None:
    assert DNS_LABEL.match(names.job_name(task_name, "0123456789abcdef", "train"))


def test_a_trained_models_id_tells_base_time_and_task() -> None:
    created = datetime(2025, 6, 15, 21, 34, 47, tzinfo=UTC)
    tag = "models--sentence-transformers--all-MiniLM-L6-v2"
    found = names.trained_model_id("trained_models", tag, created, "7ef54ba0-2d87-4864")
    assert found == f"trained_models/{tag}-finetuned-20250615-213447-7ef54ba0"


def test_only_the_last_segment_of_a_model_tag_is_used() -> None:
    created = datetime(2025, 1, 1, tzinfo=UTC)
    found = names.trained_model_id("out", "trained_models/x", created, "0" * 32)
    assert found == "out/x-finetuned-20250101-000000-00000000"


def test_the_ending_of_a_model_trained_before_is_replaced() -> None:
    tag = "base"
    for day in range(1, 10):
        created = datetime(2025, 1, day, tzinfo=UTC)
        tag = names.trained_model_id("trained_models", tag, created, "0123456789")
    assert tag == "trained_models/base-finetuned-20250109-000000-01234567"


@pytest.mark.parametrize("output_path", ["o", "a/b/c", "x" * 180])
def test_a_trained_models_id_can_be_the_tag_of_the_next_training(output_path: str) -> None:
    created = datetime(2025, 1, 1, tzinfo=UTC)
    found = names.trained_model_id(output_path, "m" * 253, created, "01234567-89ab")
    assert len(found) <= 253
    TrainingTaskSpec.model_validate({"modelTag": found, "trainDatasetIds": ["a"]})
