"""The command line, which the chart writes."""

import pytest

from sbert_api.v1alpha1.common import Resources
from sbert_operator.errors import SettingsError
from sbert_operator.settings import LeaseSettings, Settings, TrainerSettings, parse_arguments

IMAGES = ("--trainer-image", "t:1", "--preflight-image", "o:1")


def test_only_the_images_must_be_said() -> None:
    assert parse_arguments(IMAGES) == Settings(TrainerSettings(image="t:1", preflight_image="o:1"))


def test_every_option_reaches_its_setting() -> None:
    found = parse_arguments(
        [
            *IMAGES,
            *("--image-pull-policy", "Never"),
            *("--preflight-pull-policy", "Always"),
            *("--preflight-resources", '{"limits": {"memory": "1Gi"}}'),
            *("--watch-namespaces", "a, b,"),
            *("--trainer-service-account", "trainer"),
            *("--datasets-claim", "d"),
            *("--models-claim", "m"),
            *("--default-resources", '{"limits": {"memory": "16Gi"}}'),
            *("--gpu-resource", "amd.com/gpu"),
            *("--bind-address", "127.0.0.1"),
            *("--port", "9090"),
            *("--lease-name", "demo"),
            *("--lease-namespace", "sbert"),
            *("--lease-pod", "demo-1"),
        ]
    )
    trainer = TrainerSettings(
        image="t:1",
        preflight_image="o:1",
        image_pull_policy="Never",
        preflight_pull_policy="Always",
        preflight_resources=Resources(limits={"memory": "1Gi"}),
        service_account="trainer",
        datasets_claim="d",
        models_claim="m",
        resources=Resources(limits={"memory": "16Gi"}),
        gpu_resource="amd.com/gpu",
    )
    lease = LeaseSettings("demo", "sbert", "demo-1")
    assert found == Settings(trainer, ("a", "b"), "127.0.0.1", 9090, lease)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"limit": {}}', '{"limits": {"cpu": "lots"}}', '{"limits": 1}']
)
def test_resources_that_cannot_be_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(SettingsError, match="--default-resources: expected JSON such as"):
        parse_arguments([*IMAGES, "--default-resources", text])


@pytest.mark.parametrize("option", ["--lease-name", "--lease-namespace"])
def test_half_a_lease_is_refused(option: str) -> None:
    with pytest.raises(SettingsError, match="expected both, or neither for the only operator"):
        parse_arguments([*IMAGES, option, "x"])


def test_without_an_image_the_command_line_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments([])
    assert ended.value.code == 2
    assert "--trainer-image" in capsys.readouterr().err
