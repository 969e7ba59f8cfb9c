"""The kinds of the API, each with what its CustomResourceDefinition is made of."""

from collections.abc import Mapping
from dataclasses import dataclass

from sbert_api.contract import Contract
from sbert_api.reasons import EVALUATION_HINTS, HINTS, Reason
from sbert_api.v1alpha1 import evaluation_task, training_task


@dataclass(frozen=True)
class Kind:
    """One kind."""

    model: type[Contract]
    names: dict[str, object]
    """As the CRD has them: kind, plural, shortNames, and so on."""
    printer_columns: tuple[dict[str, object], ...]
    selectable_fields: tuple[str, ...]
    hints: Mapping[Reason, str]
    """What to do about each reason, in fields that the kind has."""

    @property
    def name(self) -> str:
        """`TrainingTask`."""
        return str(self.names["kind"])

    @property
    def plural(self) -> str:
        """`trainingtasks`."""
        return str(self.names["plural"])

    @property
    def short(self) -> str:
        """`tt`."""
        names = self.names["shortNames"]
        assert isinstance(names, list)
        return str(names[0])


TRAINING_TASK = Kind(
    training_task.TrainingTask,
    training_task.NAMES,
    training_task.PRINTER_COLUMNS,
    training_task.SELECTABLE_FIELDS,
    HINTS,
)
EVALUATION_TASK = Kind(
    evaluation_task.EvaluationTask,
    evaluation_task.NAMES,
    evaluation_task.PRINTER_COLUMNS,
    evaluation_task.SELECTABLE_FIELDS,
    EVALUATION_HINTS,
)
KINDS: tuple[Kind, ...] = (TRAINING_TASK, EVALUATION_TASK)
