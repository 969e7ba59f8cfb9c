"""The generated CRDs: fresh, described, bounded."""

from collections.abc import Iterator
from typing import Any

import pytest

from sbert_api import crd, field_reference, generate
from sbert_api.kinds import EVALUATION_TASK, KINDS, TRAINING_TASK, Kind


def schema_of(kind: Kind) -> dict[str, Any]:
    schema: dict[str, Any] = crd.build_crd(kind)["spec"]["versions"][0]["schema"]
    found: dict[str, Any] = schema["openAPIV3Schema"]
    return found


def spec_of(kind: Kind) -> dict[str, Any]:
    found: dict[str, Any] = schema_of(kind)["properties"]["spec"]["properties"]
    return found


def fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, part in schema.get("properties", {}).items():
        yield f"{path}.{name}", part
        yield from fields(part, f"{path}.{name}")
    for key, suffix in (("items", "[]"), ("additionalProperties", "{}")):
        if key in schema:
            yield f"{path}{suffix}", schema[key]
            yield from fields(schema[key], f"{path}{suffix}")


FIELDS = [
    (f"{kind.name}{path}", part)
    for kind in KINDS
    for path, part in fields(schema_of(kind))
    if path not in (".apiVersion", ".kind")
]
ELEMENTS = ("[]", "{}")


def is_bounded(part: dict[str, Any]) -> bool:
    kind = part.get("type")
    if part.get("x-kubernetes-int-or-string") or kind == "string":
        return "maxLength" in part or "enum" in part
    if kind in ("integer", "number"):
        return "minimum" in part and "maximum" in part
    if kind == "array":
        return "maxItems" in part and "x-kubernetes-list-type" in part
    if kind == "object":
        return "properties" in part or "maxProperties" in part
    return kind == "boolean"


def test_generated_files_are_fresh() -> None:
    assert generate.stale_files() == [], "run `make generate`"


@pytest.mark.parametrize(("path", "part"), FIELDS, ids=[path for path, _ in FIELDS])
def test_every_field_is_bounded(path: str, part: dict[str, Any]) -> None:
    assert is_bounded(part), part


CONVERSION = 1.00665 / 16
"""Of what the API server of Kubernetes 1.32 lets a rule cost: one quantity(string(x)) for each key
of a map. By its refusal of a rule with one, for 16 keys."""


def test_rules_over_quantities_are_cheap_enough_for_the_oldest_api_server() -> None:
    costs = {
        (path, rule["rule"]): rule["rule"].count("quantity(string(") * keys * CONVERSION
        for path, part in FIELDS
        for keys in [max((p.get("maxProperties", 1) for _, p in fields(part)), default=1)]
        for rule in part.get("x-kubernetes-validations", ())
    }
    assert any(costs.values())
    assert [rule for rule, cost in costs.items() if cost > 1] == []


NAMED = [(path, part) for path, part in FIELDS if not path.endswith(ELEMENTS)]


@pytest.mark.parametrize(("path", "part"), NAMED, ids=[path for path, _ in NAMED])
def test_every_description_starts_with_the_fields_name(path: str, part: dict[str, Any]) -> None:
    description = part.get("description", "")
    assert description.startswith(path.rsplit(".", 1)[-1] + ": ")
    assert description.endswith((".", ")."))


def test_all_21_parameters_of_the_training_api_are_there() -> None:
    parameters = (
        "modelTag trainDatasetIds valDatasetId epochs perDeviceTrainBatchSize learningRate"
        " warmupSteps optimizerName scheduler weightDecay maxGradNorm useAmp showProgressBar"
        " evaluationSteps outputPath saveBestModel saveEachEpoch saveOptimizerState"
        " dataloaderNumWorkers device timeoutSeconds"
    ).split()
    assert len(parameters) == 21
    assert set(parameters) <= set(spec_of(TRAINING_TASK))


def test_optional_parameters_have_their_default_in_the_schema() -> None:
    def without(kind: Kind) -> set[str]:
        return {name for name, part in spec_of(kind).items() if "default" not in part}

    assert without(TRAINING_TASK) == {
        "modelTag",
        "trainDatasetIds",
        "valDatasetId",
        "maxSeqLength",
        "promoteIf",
        "storage",
        "resources",
        "nodeSelector",
        "tolerations",
        "queueName",
        "ttlSecondsAfterFinished",
    }
    assert without(EVALUATION_TASK) == {
        "modelTag",
        "trainingTaskRef",
        "datasetId",
        "baselineModelTag",
        "storage",
        "resources",
        "passIf",
        "ttlSecondsAfterFinished",
    }


def test_both_gates_are_the_same() -> None:
    gates = [spec_of(TRAINING_TASK)["promoteIf"], spec_of(EVALUATION_TASK)["passIf"]]
    assert gates[0]["properties"] == gates[1]["properties"]
    assert gates[0]["properties"]["confidence"]["enum"] == [0.8, 0.9, 0.95, 0.99]


def test_a_union_cannot_become_a_structural_schema() -> None:
    union = {"anyOf": [{"type": "string"}, {"type": "boolean"}]}
    with pytest.raises(crd.NotStructuralError, match="no single type"):
        crd.structural(union, {})


def test_the_charts_template_keeps_the_crd_on_uninstall() -> None:
    template = crd.chart_template(crd.build_crd(TRAINING_TASK))
    assert "helm.sh/resource-policy: keep" in template
    assert template.splitlines()[1] == "{{- if .Values.crds.enabled }}"


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_the_reference_has_a_row_for_every_field(kind: Kind) -> None:
    page = field_reference.api_page()
    for path, _ in fields(schema_of(kind)):
        _, part, *names = path.replace("[]", "").replace("{}", "").split(".")
        if part in ("spec", "status") and names:
            last = names[-1]
            assert f"{last}` |" in page, path
