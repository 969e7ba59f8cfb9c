"""The conditions that say a phase: always all of them, as a merge patch replaces the list. Pure."""

from datetime import datetime
from typing import Literal, NamedTuple

from sbert_api.conditions import ConditionType, set_condition
from sbert_api.gate import reason_of_gate
from sbert_api.reasons import Reason
from sbert_api.v1alpha1.common import Condition
from sbert_api.v1alpha1.gate import GateResult
from sbert_api.v1alpha1.training_status import Phase
from sbert_operator import times


class Said(NamedTuple):
    """What a condition says."""

    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str


_TRUE: dict[Phase, ConditionType] = {
    "Running": ConditionType.RUNNING,
    "Suspended": ConditionType.SUSPENDED,
    "Done": ConditionType.COMPLETE,
    "Failed": ConditionType.FAILED,
}
_NOT_YET = Said("Unknown", Reason.NOT_VALIDATED, "")


def said_of_gate(gate: GateResult) -> Said:
    """The condition of a gate that was judged."""
    return Said("True" if gate.passed else "False", reason_of_gate(gate), gate.message)


def conditions_of(
    before: list[Condition], phase: Phase, main: Said, validated: Said | None
) -> dict[str, Said]:
    """What each condition says in a phase. `main`: why it is that phase.

    `validated` None leaves that one as it is. Progress is no condition's message: all of them would
    be written anew each time.
    """
    known = next((c for c in before if c.type == ConditionType.VALIDATED), None)
    if validated is None:
        validated = Said(known.status, known.reason, known.message) if known else _NOT_YET
    other = Said("False", main.reason, "" if phase == "Running" else main.message)
    found: dict[str, Said] = dict.fromkeys(ConditionType, other)
    found[ConditionType.VALIDATED] = validated
    if true := _TRUE.get(phase):
        found[true] = other._replace(status="True")
    return found


def as_conditions(
    before: list[Condition], said: dict[str, Said], generation: int, now: datetime
) -> list[Condition]:
    """Those conditions as the status holds them; of `before` only the times are kept."""
    found = [c for c in before if c.type in said]
    for type_, one in said.items():
        condition = Condition(
            type=type_,
            **one._asdict(),
            last_transition_time=times.as_text(now),
            observed_generation=generation,
        )
        found = set_condition(found, condition)
    return found
