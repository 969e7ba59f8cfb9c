"""The rows S01 to S19 of the catalogue of bad specs that the API server decides.

Each row: id, what is changed in a good TrainingTask, and the words that the refusal must hold, of
which the first names the field.
"""

from dataclasses import dataclass
from typing import Any

Spec = dict[str, Any]


def a_task(**spec: Any) -> dict[str, Any]:
    """A good TrainingTask; `spec` replaces fields, None removes them."""
    fields = {"modelTag": "models--org--name", "trainDatasetIds": ["faq"], **spec}
    return {
        "apiVersion": "sbert-operator.dev/v1alpha1",
        "kind": "TrainingTask",
        "metadata": {"name": "bad-spec"},
        "spec": {name: value for name, value in fields.items() if value is not None},
    }


@dataclass(frozen=True)
class BadSpec:
    """One row: the fields that are wrong, and what the message says."""

    id: str
    spec: Spec
    message: tuple[str, ...]


def _ids(row: str, values: list[str]) -> list[BadSpec]:
    """The same bad word as dataset id and as model tag (S09 asks for the same set)."""
    rows = []
    for number, value in enumerate(values):
        rows.append(
            BadSpec(
                f"{row}-dataset-{number}",
                {"trainDatasetIds": [value]},
                ("spec.trainDatasetIds[0]",),
            )
        )
        rows.append(BadSpec(f"S09-{row}-model-{number}", {"modelTag": value}, ("spec.modelTag",)))
    return rows


def _values(row: str, field: str, values: list[Any]) -> list[BadSpec]:
    return [
        BadSpec(f"{row}-{field}-{number}", {field: value}, (f"spec.{field}",))
        for number, value in enumerate(values)
    ]


NOT_A_NUMBER = float("nan")

BAD_SPECS: list[BadSpec] = [
    BadSpec("S01-model", {"modelTag": None}, ("spec.modelTag", "Required")),
    BadSpec("S01-datasets", {"trainDatasetIds": None}, ("spec.trainDatasetIds", "Required")),
    BadSpec("S01-no-dataset", {"trainDatasetIds": []}, ("spec.trainDatasetIds", "at least 1")),
    *_ids("S02", ["", "   "]),
    *_ids("S03", ["../../etc", "a/../b", "/abs", "a//b"]),
    *_ids("S04", [".", "..", ".hidden", "trailing."]),
    *_ids(
        "S05",
        [
            "nul\0",
            "line\nbreak",
            "tab\t",
            "\x1b[31mred",
            "\u202eabc",
            "a\u200bb",
            "a\uff0fb",
            "e\u0301",
        ],
    ),
    *_ids("S06", ["a" * 254, "a" * 1_000_000]),
    *_ids("S07", ["%2e%2e", "~", "*", "$(HOME)", "`id`", ";rm -rf", "--output=/x"]),
    *_ids("S08", ["file:x", "http://host/x", "hf://org/x", "\\\\host\\share"]),
    *_values("S12", "epochs", [0, -1, 10**9, 1.5, "3"]),
    *_values("S13", "perDeviceTrainBatchSize", [0, -8, 2**31, "auto"]),
    *_values("S14", "learningRate", [0, -1, 1e30, "1e-5"]),
    *_values("S16", "seed", [-1, 2**63 - 1]),
    *_values("S18", "trainDatasetIds", [{"id": "faq"}, "faq"]),
    *_values("S18", "modelTag", [["a"], {"a": 1}, 7]),
    *_values("S19", "timeoutSeconds", [0, -1, 315_360_000]),
    BadSpec(
        "duplicate-dataset", {"trainDatasetIds": ["a", "a"]}, ("spec.trainDatasetIds", "twice")
    ),
    BadSpec(
        "only-validation",
        {"trainDatasetIds": ["a"], "valDatasetId": "a"},
        ("spec.valDatasetId", "only train dataset"),
    ),
    BadSpec("output-path", {"outputPath": "a/b/c/d"}, ("spec.outputPath",)),
    BadSpec("device", {"device": "tpu"}, ("spec.device",)),
    BadSpec("scheduler", {"scheduler": "linear"}, ("spec.scheduler", "warmuplinear")),
    BadSpec("optimizer", {"optimizerName": "adamw"}, ("spec.optimizerName", "AdamW")),
    BadSpec(
        "gpu-on-cpu",
        {"device": "cpu", "resources": {"limits": {"nvidia.com/gpu": 1}}},
        ("spec.resources", "must not ask for a GPU"),
    ),
    *[
        BadSpec(
            f"gate-{field}-{value}", {"promoteIf": {field: value}}, (f"spec.promoteIf.{field}",)
        )
        for field, value in (
            ("metric", "accuracy"),
            ("minGain", 1.5),
            ("minGain", "0.1"),
            ("confidence", 0.94),
            ("confidence", 95),
        )
    ],
    BadSpec(
        "S20-cpu", {"resources": {"limits": {"cpu": "banana"}}}, ("spec.resources.limits.cpu",)
    ),
    BadSpec(
        "S20-negative-gpu",
        {"resources": {"limits": {"nvidia.com/gpu": "-1"}}},
        ("spec.resources.limits",),
    ),
    BadSpec(
        "S20-part-gpu",
        {"resources": {"limits": {"nvidia.com/gpu": "1.5"}}},
        ("spec.resources", "whole"),
    ),
    BadSpec("S20-memory", {"resources": {"limits": {"memory": "1m"}}}, ("spec.resources", "16Mi")),
    BadSpec(
        "S20-request-over-limit",
        {"resources": {"limits": {"memory": "1Gi"}, "requests": {"memory": "2Gi"}}},
        ("spec.resources", "larger than the limit"),
    ),
    BadSpec(
        "S24-subpath",
        {"storage": {"models": {"claimName": "models", "subPath": "../x"}}},
        ("spec.storage.models.subPath",),
    ),
    BadSpec(
        "S24-long-subpath",
        {"storage": {"models": {"claimName": "m", "subPath": "a" * 300}}},
        ("subPath",),
    ),
]
