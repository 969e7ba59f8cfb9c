"""The parameters of a training as people read them: first those that somebody has set."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from sbert_api.v1alpha1.training_task import TrainingTaskSpec


class Parameter(NamedTuple):
    """One field of a spec."""

    name: str
    value: str
    default: str | None
    """None: it has none, the field is required or left to the settings of a cluster."""

    @property
    def is_default(self) -> bool:
        """Whether nobody had to set it."""
        return self.value == self.default


def shown_parameters(spec: Mapping[str, Any]) -> list[Parameter]:
    """The fields of a spec in JSON: those that differ from their defaults first, each part in the
    order of the API."""
    parameters = []
    for name, field in TrainingTaskSpec.model_fields.items():
        alias = field.alias or name
        if alias in spec:
            default = None if field.is_required() else field.get_default()
            parameters.append(
                Parameter(alias, _text(spec[alias]), None if default is None else _text(default))
            )
    return sorted(parameters, key=lambda parameter: parameter.is_default)


def short(value: float) -> str:
    """A number as people write it: 2e-5 rather than 0.00002 or 2e-05."""
    digits, _, exponent = f"{value:.3e}".partition("e")
    if value and int(exponent) < -2:
        return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"
    return f"{value:g}"


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return short(value)
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return json.dumps(value, sort_keys=True)
