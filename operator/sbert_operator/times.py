"""Points in time as Kubernetes writes them: RFC 3339 in UTC, whole seconds."""

from datetime import UTC, datetime

FIRST_YEAR = 1970
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


def as_text(moment: datetime) -> str:
    """`moment` as the API writes it, such as 2026-01-01T10:00:00Z."""
    return moment.astimezone(UTC).strftime(_FORMAT)


def parse(text: object) -> datetime | None:
    """The moment that `text` names, in UTC; None for anything that names none since 1970."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # OverflowError: in UTC it is outside the calendar
        return None
    return moment if moment.year >= FIRST_YEAR else None
