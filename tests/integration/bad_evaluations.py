"""Bad EvaluationTasks that the API server refuses, as bad_specs has them for TrainingTask."""

from typing import Any

from tests.integration.bad_specs import BadSpec

BY_REFERENCE = {"modelTag": None, "datasetId": None, "trainingTaskRef": {"name": "demo"}}
"""Fields that let a TrainingTask give model and rows."""


def an_evaluation(**spec: Any) -> dict[str, Any]:
    """A good EvaluationTask; `spec` replaces fields, None removes them."""
    fields = {"modelTag": "trained_models/new", "datasetId": "faq", **spec}
    return {
        "apiVersion": "sbert-operator.dev/v1alpha1",
        "kind": "EvaluationTask",
        "metadata": {"name": "bad-spec"},
        "spec": {name: value for name, value in fields.items() if value is not None},
    }


GOOD_EVALUATIONS: dict[str, dict[str, Any]] = {
    "model-alone": {},
    "model-and-baseline": {"baselineModelTag": "base", "passIf": {}},
    "by-reference": BY_REFERENCE,
    "another-model-on-its-rows": BY_REFERENCE | {"modelTag": "trained_models/other"},
    "gate-by-reference": BY_REFERENCE | {"passIf": {"metric": "mrr10", "minGain": -0.01}},
    "everything": {
        "baselineModelTag": "base",
        "maxSamples": 1_000_000,
        "randomSeed": 0,
        "batchSize": 1,
        "device": "cuda:1",
        "resources": {"limits": {"nvidia.com/gpu": 2}},
        "storage": {"models": {"claimName": "m"}},
        "suspend": True,
        "passIf": {"metric": "ndcg10", "minGain": 0.02, "confidence": 0.99},
        "timeoutSeconds": 60,
        "ttlSecondsAfterFinished": 0,
    },
}


def _values(field: str, values: list[Any]) -> list[BadSpec]:
    return [
        BadSpec(f"{field}-{number}", {field: value}, (f"spec.{field}",))
        for number, value in enumerate(values)
    ]


def _gates(gates: dict[str, dict[str, Any]]) -> list[BadSpec]:
    return [
        BadSpec(
            f"gate-{name}", {"baselineModelTag": "b", "passIf": gate}, (f"spec.passIf.{field}",)
        )
        for name, gate in gates.items()
        for field in gate
    ]


BAD_EVALUATIONS: list[BadSpec] = [
    BadSpec("two-data-sources", {"trainingTaskRef": {"name": "demo"}}, ("spec.datasetId", "one")),
    BadSpec("no-data-source", {"datasetId": None}, ("spec.datasetId", "exactly one of")),
    BadSpec("no-model", {"modelTag": None}, ("spec.modelTag", "is missing")),
    BadSpec(
        "gate-without-baseline", {"passIf": {"minGain": 0.1}}, ("spec.passIf", "baselineModelTag")
    ),
    BadSpec(
        "baseline-is-the-model",
        {"baselineModelTag": "trained_models/new"},
        ("spec.baselineModelTag", "another model"),
    ),
    BadSpec(
        "gpu-on-cpu",
        {"device": "cpu", "resources": {"limits": {"nvidia.com/gpu": 1}}},
        ("spec.resources", "must not ask for a GPU"),
    ),
    *_values("modelTag", ["../../etc", "/abs", "a//b", ".hidden", "a" * 254, 7]),
    *_values("baselineModelTag", ["../x", "hf://org/x"]),
    *_values("datasetId", ["a/b", "..", "faq ", ["faq"]]),
    BadSpec(
        "reference-name",
        BY_REFERENCE | {"trainingTaskRef": {"name": "Demo_1"}},
        ("spec.trainingTaskRef.name",),
    ),
    BadSpec(
        "reference-without-name",
        BY_REFERENCE | {"trainingTaskRef": {}},
        ("spec.trainingTaskRef.name",),
    ),
    *_values("maxSamples", [0, -1, 1_000_001, "all"]),
    *_values("randomSeed", [-1, 2**32, 1.5]),
    *_values("batchSize", [0, 65537]),
    *_values("device", ["gpu", "cuda:100"]),
    *_values("suspend", ["yes"]),
    *_values("timeoutSeconds", [0, 315_360_000]),
    *_values("ttlSecondsAfterFinished", [-1]),
    *_gates(
        {
            "metric": {"metric": "accuracy"},
            "gain": {"minGain": 1.5},
            "confidence": {"confidence": 0.94},
            "percent": {"confidence": 95},
        }
    ),
]
