"""The content key: what decides a training's result changes it, and nothing else does."""

from typing import Any, NamedTuple

import pytest
from pydantic_core import PydanticUndefined

from sbert_api.v1alpha1.training_task import TrainingTaskSpec
from sbert_trainer import run_records
from sbert_trainer.run_records import content_key
from tests.unit.trainer.builders import a_spec

TRAIN, OTHER, BASE = ("sha256:" + digit * 64 for digit in "123")


def key(digests: tuple[str, ...] = (TRAIN,), validation: str | None = None, **fields: Any) -> str:
    return content_key(a_spec(**fields), digests, validation, BASE)


class Field(NamedTuple):
    """A field of the spec, by its name in the API."""

    default: Any
    other: Any
    decides: bool


REQUIRED = PydanticUndefined
FIELDS = {
    "modelTag": Field(REQUIRED, "copy", False),
    "trainDatasetIds": Field(REQUIRED, ["copy"], False),
    "valDatasetId": Field(None, "copy", False),
    "epochs": Field(1, 2, True),
    "perDeviceTrainBatchSize": Field(8, 16, True),
    "learningRate": Field(2e-5, 1e-4, True),
    "warmupSteps": Field(0, 10, True),
    "optimizerName": Field("AdamW", "SGD", True),
    "scheduler": Field("warmuplinear", "constantlr", True),
    "weightDecay": Field(0.01, 0.0, True),
    "maxGradNorm": Field(1.0, 0.0, True),
    "useAmp": Field(True, False, True),
    "showProgressBar": Field(True, False, False),
    "evaluationSteps": Field(0, 10, True),
    "outputPath": Field("trained_models", "mine", False),
    "saveBestModel": Field(True, False, True),
    "saveEachEpoch": Field(False, True, True),
    "saveOptimizerState": Field(False, True, True),
    "dataloaderNumWorkers": Field(0, 2, False),
    "device": Field("cuda", "auto", False),
    "timeoutSeconds": Field(7200, 60, False),
    "loss": Field("MultipleNegativesRankingLoss", "TripletLoss", True),
    "tripletMargin": Field(0.1, 0.2, True),
    "maxSeqLength": Field(None, 64, True),
    "seed": Field(42, 43, True),
    "gradientAccumulationSteps": Field(1, 2, True),
    "earlyStoppingPatience": Field(0, 3, True),
    "forwardPass": Field("Auto", "Stock", False),
    "validationFraction": Field(0.1, 0.2, True),
    "preflight": Field(True, False, False),
    "reuse": Field(True, False, False),
    "promoteIf": Field(None, {"minGain": 0.1}, False),
    "storage": Field(None, {"models": {"claimName": "fast"}}, False),
    "resources": Field(None, {"limits": {"cpu": 2}}, False),
    "nodeSelector": Field(None, {"gpu": "yes"}, False),
    "tolerations": Field(None, [{"key": "gpu"}], False),
    "backoffLimit": Field(3, 0, False),
    "suspend": Field(False, True, False),
    "queueName": Field(None, "gpus", False),
    "ttlSecondsAfterFinished": Field(None, 60, False),
}


def test_every_field_of_the_spec_is_classified() -> None:
    """A new field must stand in the table above; if it decides nothing, in run_records as well."""
    assert {f.alias for f in TrainingTaskSpec.model_fields.values()} == set(FIELDS)


@pytest.mark.parametrize(("name", "field"), FIELDS.items(), ids=FIELDS)
def test_a_field_changes_the_key_if_it_decides_the_result(name: str, field: Field) -> None:
    assert (key(**{name: field.other}) != key()) == field.decides


@pytest.mark.parametrize(
    ("name", "field"), [(n, f) for n, f in FIELDS.items() if f.decides], ids=str
)
def test_a_default_is_as_good_as_left_out_and_is_part_of_the_key_s_version(
    name: str, field: Field
) -> None:
    """A changed default changes what a spec without the field means: raise KEY_VERSION with it."""
    found = next(f for f in TrainingTaskSpec.model_fields.values() if f.alias == name)
    assert found.default == field.default
    assert field.default is None or key(**{name: field.default}) == key()


def test_the_key_s_version_is_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key()
    monkeypatch.setattr(run_records, "KEY_VERSION", run_records.KEY_VERSION + 1)
    assert key() != before


def test_the_data_change_the_key_and_so_does_their_order() -> None:
    keys = [
        key(),
        key((OTHER,)),
        key((TRAIN, OTHER)),
        key((OTHER, TRAIN)),
        key((TRAIN,), OTHER),
        key((TRAIN, OTHER), TRAIN),
        content_key(a_spec(), (TRAIN,), None, OTHER),
    ]
    assert len(set(keys)) == len(keys)


def test_a_key_is_known_across_versions() -> None:
    """Keys on volumes out there must be found again. This one changes with KEY_VERSION only."""
    assert key(learningRate=1e-4, epochs=3) == (
        "039456a69f00a4e13c2e06056ba2c5149f90a6578d068804b50f872ca19b0d1e"
    )
