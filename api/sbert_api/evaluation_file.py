"""The evaluation file: what the operator hands to a pod that evaluates, and the trainer reads.

As with the task file it is the JSON in the pod's annotation. `trainingTaskRef` is resolved by
whoever makes the file: the pod cannot ask for a TrainingTask.
"""

from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from sbert_api.contract import Contract
from sbert_api.v1alpha1.common import RelativePath
from sbert_api.v1alpha1.evaluation_task import EvaluationTaskSpec


class EvaluationFile(Contract):
    """One run's assignment. The models are said here: in `spec` they may be left out."""

    name: Annotated[str, StringConstraints(max_length=253)]
    """name: of the EvaluationTask; its results are called so."""

    namespace: Annotated[str, StringConstraints(max_length=63)]
    """namespace: of the EvaluationTask."""

    uid: Annotated[str, StringConstraints(max_length=64)]
    """uid: of the EvaluationTask."""

    run_key: Annotated[str, StringConstraints(max_length=64)]
    """runKey: the run's key."""

    model_tag: RelativePath
    """modelTag: the model that is evaluated."""

    baseline_model_tag: RelativePath | None = None
    """baselineModelTag: the model that it is compared with."""

    validation_of: RelativePath | None = None
    """validationOf: the trained model whose validation rows judge; without it spec.datasetId
    does."""

    spec: EvaluationTaskSpec
    """spec: the task's spec."""


class Trained(NamedTuple):
    """What a TrainingTask that is Done says to those that refer to it."""

    model_id: str
    """Its trainedModelId."""
    base_model_tag: str
    """The modelTag of its spec."""


class Task(NamedTuple):
    """Whose evaluation it is."""

    name: str
    namespace: str
    uid: str
    run_key: str


def build_evaluation_file(
    task: Task, spec: EvaluationTaskSpec, trained: Trained | None
) -> EvaluationFile:
    """The assignment of `spec`, whose trainingTaskRef, if it has one, is `trained`."""
    model_tag = spec.model_tag or (trained.model_id if trained else None)
    assert model_tag, "a rule of the spec"
    baseline = spec.baseline_model_tag or (trained.base_model_tag if trained else None)
    return EvaluationFile(
        **task._asdict(),
        model_tag=model_tag,
        baseline_model_tag=baseline,
        validation_of=trained.model_id if trained else None,
        spec=spec,
    )
