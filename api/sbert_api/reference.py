"""Reference pages made from the contract's tables. They hold nothing that is not in the code."""

from sbert_api.exit_codes import EXIT_CODES, Retry
from sbert_api.reasons import HINTS, HINTS_OF_EVALUATIONS, Reason

_HEAD = """<!-- Generated from api/sbert_api by `make generate`. Do not edit. -->
# Reasons

A task's reason stands in `kubectl get tt -o wide`, in its conditions, in `status.failure` and in
its events. The trainer ends with an exit code of the first table; "tried again" means that the Job
makes another attempt, up to `backoffLimit`.

"""
_NOTHING = "Nothing."
_TRIED_AGAIN = {Retry.NO: "no", Retry.COUNTS: "yes"}


def reasons_page() -> str:
    """The page about reasons and exit codes, as Markdown."""
    said_by_trainer = {row.reason for row in EXIT_CODES}
    rows = [
        f"| {row.code} | `{row.reason}` | {_TRIED_AGAIN[row.retry]} | {_to_do(row.reason)} |"
        for row in EXIT_CODES
    ]
    others = [
        f"| `{reason}` | {_to_do(reason)} |" for reason in Reason if reason not in said_by_trainer
    ]
    return "\n".join(
        [
            _HEAD + "## Said by the trainer\n",
            "| exit code | reason | tried again | what to do |\n|---|---|---|---|",
            *rows,
            "\n## Said by the operator\n",
            "| reason | what to do |\n|---|---|",
            *others,
            "\n## Otherwise for an EvaluationTask\n",
            "| reason | what to do |\n|---|---|",
            *(f"| `{reason}` | {hint} |" for reason, hint in HINTS_OF_EVALUATIONS.items()),
            "",
        ]
    )


def _to_do(reason: Reason) -> str:
    return HINTS.get(reason, _NOTHING)
