"""What is counted, and under which labels."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sbert_api.reasons import Reason
from sbert_api.v1alpha1.training_status import Usage
from sbert_operator.metrics import PHASES, PREFIX, UNKNOWN_REASON, Metrics


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(PREFIX + name, labels)


def test_the_end_of_a_task_is_counted_by_namespace_and_reason() -> None:
    metrics = Metrics()
    metrics.finished("team", Reason.PUBLISHED)
    metrics.finished("team", Reason.PUBLISHED)
    metrics.finished("other", Reason.CRASHED)
    assert value(metrics, "tasks_finished_total", namespace="team", reason="Published") == 2
    assert value(metrics, "tasks_finished_total", namespace="other", reason="Crashed") == 1


@pytest.mark.parametrize("reason", ["", "BrandNewError", "x" * 128])
def test_a_reason_that_only_a_pod_knows_is_no_label(reason: str) -> None:
    """A trainer's image can say what it wants, and each label value costs memory for ever."""
    metrics = Metrics()
    metrics.finished("team", reason)
    assert value(metrics, "tasks_finished_total", namespace="team", reason=UNKNOWN_REASON) == 1
    if reason:
        assert reason not in metrics.exposition().decode()


def test_what_is_used_is_added_up_by_namespace() -> None:
    metrics = Metrics()
    metrics.used("team", Usage(queued_seconds=30, training_seconds=100, gpu_seconds=200))
    metrics.used("team", Usage(training_seconds=50))
    found = [
        value(metrics, f"{name}_seconds_total", namespace="team")
        for name in ("queued", "training", "gpu")
    ]
    assert found == [30, 150, 200]


def test_counters_of_an_expected_namespace_begin_at_0_and_keep_what_they_have() -> None:
    metrics = Metrics()
    metrics.finished("team", Reason.PUBLISHED)
    metrics.expect(["team"])
    metrics.expect(["team"])
    assert value(metrics, "tasks_finished_total", namespace="team", reason="Published") == 1
    assert value(metrics, "tasks_finished_total", namespace="team", reason="Crashed") == 0
    assert value(metrics, "gpu_seconds_total", namespace="team") == 0


def test_every_phase_has_a_number_of_tasks() -> None:
    metrics = Metrics()
    metrics.count_tasks("TrainingTask", ["Done", "Done", "Queued"])
    metrics.count_tasks("TrainingTask", ["Done"])
    found = [value(metrics, "tasks", kind="TrainingTask", phase=phase) for phase in PHASES]
    assert found == [1.0 if phase == "Done" else 0.0 for phase in PHASES]


def test_what_is_served_can_be_read_and_holds_each_counter_once() -> None:
    metrics = Metrics()
    metrics.finished("team", Reason.PUBLISHED)
    families = list(text_string_to_metric_families(metrics.exposition().decode()))
    names = [family.name for family in families]
    assert len(names) == len(set(names))
    assert not [name for name in names if name.endswith("_created")]
