"""Values: each is described, has an effect, and is refused when misspelt or out of bounds."""

import copy
import json
from collections.abc import Iterator

import pytest
import yaml

from tests.unit.chart.rendering import CHART, Json, RefusedError, load_values, render

SCHEMA: Json = json.loads((CHART / "values.schema.json").read_text())
DEFAULTS: Json = yaml.safe_load((CHART / "values.yaml").read_text())
FREE_FORM = {"affinity", "nodeSelector", "labels"}
"""Written by Kubernetes' rules, not by ours."""


def resolved(part: Json) -> Json:
    reference = part.get("$ref", "").rsplit("/", 1)[-1]
    return {**SCHEMA["definitions"][reference], **part} if reference else part


def schema_fields(schema: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Json]]:
    for name, part in schema.get("properties", {}).items():
        found = resolved(part)
        yield ".".join([*path, name]), found
        yield from schema_fields(found, (*path, name))


def leaves(values: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in values.items():
        if isinstance(value, dict) and name not in FREE_FORM:
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name)


def nested(path: str, value: object) -> Json:
    first, _, rest = path.partition(".")
    return {first: nested(rest, value) if rest else value}


FIELDS = dict(schema_fields(SCHEMA))
OURS = [path for path in FIELDS if not path.startswith(("global", "affinity."))]
OBJECTS = [path for path, part in FIELDS.items() if part.get("additionalProperties") is False]


@pytest.mark.parametrize("path", FIELDS)
def test_a_value_is_described(path: str) -> None:
    assert FIELDS[path].get("description", "").endswith(".")


@pytest.mark.parametrize("path", FIELDS)
def test_a_value_is_bounded(path: str) -> None:
    part = FIELDS[path]
    bounds = {"enum", "pattern", "maxLength", "maxItems", "minimum", "maxProperties"}
    closed = part.get("additionalProperties") is False or part.get("type") == "boolean"
    of_kubernetes = path == "global" or path.startswith("affinity.")
    assert closed or of_kubernetes or bounds & part.keys()


@pytest.mark.parametrize("path", OURS)
@pytest.mark.parametrize(
    "values",
    [
        pytest.param(DEFAULTS, id="values.yaml"),
        pytest.param(load_values("every-value"), id="every-value.yaml"),
    ],
)
def test_a_value_of_the_schema_stands_in_the_file(values: Json, path: str) -> None:
    for name in path.split("."):
        assert name in values
        values = values[name]


@pytest.mark.parametrize("path", ["", *OBJECTS])
def test_a_misspelt_value_is_refused_by_its_name(path: str) -> None:
    values = nested(f"{path}.imagge".lstrip("."), "x")
    with pytest.raises(RefusedError, match="'imagge' not allowed"):
        render(values)


def test_a_misspelt_value_in_a_list_is_refused_by_its_name() -> None:
    with pytest.raises(RefusedError, match="'efect' not allowed"):
        render({"tolerations": [{"key": "gpu", "efect": "NoSchedule"}]})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("replicaCount", -1, id="less than none"),
        pytest.param("replicaCount", "2", id="a quoted number"),
        pytest.param("image.repository", "", id="no image name"),
        pytest.param("image.repository", "sbert-operator:0.1.0", id="tag in the name"),
        pytest.param("image.repository", "$(POD_IP)", id="variable in the name"),
        pytest.param("image.tag", "a b", id="tag with a space"),
        pytest.param("image.tag", 1.10, id="tag that YAML made a number"),
        pytest.param("image.digest", "sha256:1234", id="digest cut short"),
        pytest.param("image.pullPolicy", "Sometimes", id="unknown pull policy"),
        pytest.param("trainer.image.digest", "md5:0", id="digest of another kind"),
        pytest.param("imagePullSecrets", [{"name": "registry"}], id="pull secret as an object"),
        pytest.param("watchNamespaces", "search", id="namespaces as a string"),
        pytest.param("watchNamespaces", ["Search"], id="namespace in capitals"),
        pytest.param("watchNamespaces", ["a", "a"], id="namespace twice"),
        pytest.param("watchNamespaces", ["a,b"], id="two namespaces in one"),
        pytest.param("trainer.serviceAccount.create", "yes", id="a word for a boolean"),
        pytest.param("trainer.defaultClaims.datasets", "", id="no claim"),
        pytest.param("trainer.defaultClaims.models", "My Models", id="claim with a space"),
        pytest.param("trainer.defaultResources.limits.memory", "8 GB", id="no quantity"),
        pytest.param("trainer.defaultResources.limits.memory", -1, id="negative quantity"),
        pytest.param("trainer.gpuResource", "gpu", id="resource without a domain"),
        pytest.param("resources.requests.cpu", "half", id="word for a quantity"),
        pytest.param("crds.enabled", "true", id="a quoted boolean"),
        pytest.param("metrics.service.enabled", 1, id="a number for a boolean"),
        pytest.param("priorityClassName", "High Priority", id="class with a space"),
        pytest.param("nodeSelector", {"zone": 1}, id="label value that is a number"),
        pytest.param("tolerations", [{"operator": "Like"}], id="unknown operator"),
        pytest.param("affinity", {"nodeAfinity": {}}, id="unknown affinity"),
    ],
)
def test_a_value_out_of_bounds_is_refused_by_its_path(path: str, value: object) -> None:
    with pytest.raises(RefusedError) as refused:
        render(nested(path, value))
    assert f"at '/{path.replace('.', '/')}" in str(refused.value)


@pytest.mark.parametrize("path", list(leaves(load_values("every-value"))), ids=".".join)
def test_no_value_is_without_effect(path: tuple[str, ...]) -> None:
    values = load_values("every-value")
    for hiding in HIDDEN_BY.get(path, []):
        without(values, hiding)
    expected = render(values)
    changed = copy.deepcopy(values)
    without(changed, path)
    for needing in NEEDED_BY.get(path, []):
        without(changed, needing)
    assert render(changed) != expected


MONITORED = ("metrics", "serviceMonitor", "enabled")
ALERTS = ("metrics", "prometheusRule", "enabled")
NEEDED_BY: dict[tuple[str, ...], list[tuple[str, ...]]] = {
    ("watchNamespaces",): [
        ("trainer", "serviceAccount", "create"),
        ("persistentVolumeClaims", "create"),
    ],
    MONITORED: [ALERTS],
}
"""Values that are refused without the first."""
HIDDEN_BY: dict[tuple[str, ...], list[tuple[str, ...]]] = {
    ("metrics", "service", "enabled"): [MONITORED, ALERTS],  # they have a Service in any case
    ("networkPolicy", "tasks", "namespaces"): [("networkPolicy", "tasks", "enabled")],
}
"""Values in whose presence the first has no effect."""


def without(values: Json, path: tuple[str, ...]) -> None:
    """Take out a value."""
    *above, last = path
    for name in above:
        values = values[name]
    del values[last]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param(
            {"trainer": {"serviceAccount": {"create": True}}},
            "watchNamespaces is empty: list the namespaces",
            id="nowhere to make it",
        ),
        pytest.param(
            {
                "watchNamespaces": ["search"],
                "trainer": {"serviceAccount": {"create": True, "name": "default"}},
            },
            "choose another name",
            id="there already",
        ),
    ],
)
def test_a_training_account_that_cannot_be_made_is_refused(values: Json, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        render(values)
