"""The command line: what the chart writes is what the operator reads."""

from typing import Any

import pytest

from sbert_api.v1alpha1.common import Resources
from sbert_operator.settings import LeaseSettings, Settings, TrainerSettings, parse_arguments
from tests.unit.chart.rendering import load_values, the_deployment

DEFAULT_RESOURCES = Resources(limits={"memory": "8Gi"}, requests={"cpu": "1", "memory": "4Gi"})
PREFLIGHT_RESOURCES = Resources(
    limits={"memory": "1Gi"}, requests={"cpu": "100m", "memory": "128Mi"}
)
ADDRESS = "$(POD_IP)"
LEASE = LeaseSettings("demo-sbert-operator", "$(POD_NAMESPACE)", "$(POD_NAME)")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(
            "default",
            Settings(
                TrainerSettings(
                    image="sbert-trainer:0.1.0",
                    preflight_image="sbert-operator:0.1.0",
                    resources=DEFAULT_RESOURCES,
                    preflight_resources=PREFLIGHT_RESOURCES,
                ),
                bind_address=ADDRESS,
                lease=LEASE,
            ),
            id="default",
        ),
        pytest.param(
            "namespaced",
            Settings(
                TrainerSettings(
                    image="sbert-trainer:0.1.0",
                    preflight_image="sbert-operator:0.1.0",
                    service_account="sbert-trainer",
                    resources=DEFAULT_RESOURCES,
                    preflight_resources=PREFLIGHT_RESOURCES,
                ),
                watch_namespaces=("search", "support"),
                bind_address=ADDRESS,
                lease=LEASE,
            ),
            id="namespaced",
        ),
        pytest.param(
            "every-value",
            Settings(
                TrainerSettings(
                    image="registry.example.com/sbert-trainer:0.2.0-rc.2@sha256:"
                    "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
                    preflight_image="registry.example.com/sbert-operator:0.2.0-rc.1@sha256:"
                    "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4",
                    image_pull_policy="Never",
                    preflight_pull_policy="Always",
                    service_account="training",
                    datasets_claim="triplets",
                    models_claim="sbert-models",
                    resources=Resources(
                        limits={"memory": "12Gi"}, requests={"cpu": 2, "memory": "8Gi"}
                    ),
                    preflight_resources=Resources(
                        limits={"memory": "512Mi"}, requests={"cpu": "200m", "memory": "64Mi"}
                    ),
                    gpu_resource="amd.com/gpu",
                ),
                watch_namespaces=("search",),
                bind_address=ADDRESS,
                lease=LEASE,
            ),
            id="every value",
        ),
    ],
)
def test_the_operator_reads_what_the_chart_writes(name: str, expected: Settings) -> None:
    pod: dict[str, Any] = the_deployment(load_values(name))["spec"]["template"]["spec"]
    assert parse_arguments(pod["containers"][0]["args"]) == expected
