"""How a write to the API server can fail, before it counts or after."""

from collections.abc import Callable

from sbert_operator.errors import ApiError, ConflictError, ForbiddenError, UnreachableError

Fault = Callable[[bool], ApiError | None]
"""Asked before a write (False) and after it (True); the error that it gives is raised."""


def lost(after: bool) -> ApiError | None:
    """The request never arrives."""
    return None if after else UnreachableError(0, "lost")


def answer_lost(after: bool) -> ApiError | None:
    """The request is carried out, and nobody hears of it."""
    return UnreachableError(0, "answer lost") if after else None


def forbidden(after: bool) -> ApiError | None:
    """The API server has not loaded its rules yet."""
    return None if after else ForbiddenError(403, "not loaded yet")


def conflict(after: bool) -> ApiError | None:
    """Somebody else was faster, or so it says."""
    return None if after else ConflictError(409, "changed")


def overloaded(after: bool) -> ApiError | None:
    """Too many requests."""
    return None if after else ApiError(429, "slow down", 1.0)


FAULTS: dict[str, Fault] = {
    fault.__name__: fault for fault in (lost, answer_lost, forbidden, conflict, overloaded)
}
