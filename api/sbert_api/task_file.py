"""The task file: what the operator hands to a trainer pod, and the trainer reads.

It is the JSON in the pod's annotation, which the downward API turns into a file: no ConfigMap, and
no access to the API server from the pod.
"""

from typing import Annotated

from pydantic import StringConstraints

from sbert_api.contract import Contract
from sbert_api.v1alpha1.training_task import TrainingTaskSpec


class TaskFile(Contract):
    """One run's assignment."""

    name: Annotated[str, StringConstraints(max_length=253)]
    """name: of the TrainingTask."""

    namespace: Annotated[str, StringConstraints(max_length=63)]
    """namespace: of the TrainingTask."""

    uid: Annotated[str, StringConstraints(max_length=64)]
    """uid: of the TrainingTask."""

    run_key: Annotated[str, StringConstraints(max_length=64)]
    """runKey: the run's key; what is published carries it."""

    model_id: Annotated[str, StringConstraints(max_length=600)]
    """modelId: the folder below the model volume under which the model is published."""

    restarted: bool = False
    """restarted: asked for by the annotation restartedAt: an identical model is not taken."""

    spec: TrainingTaskSpec
    """spec: the task's spec."""
