"""The operator's own exceptions; nothing else may leave a module of this package.

OperatorError
├── SettingsError        the command line says something that cannot be
├── CredentialsError     there is no way to log in to the API server
├── NotServedError       the CRD is not installed
├── WatchBrokenError     the watch no longer delivers what happens
├── LeaseLostError       somebody else may lead: this process must end
├── FencedError          a write was held back, for the lease that allows it was not renewed
├── BlockedError         a task waits for something outside; it is tried again later
└── ApiError             the API server did not do what it was asked
    ├── RefusedError     400, 413, 422: the same request will be refused again
    ├── ForbiddenError   403: may pass (quota, a right granted later, a server starting up)
    ├── NotFoundError    404
    ├── ConflictError    409: exists already, or was changed by somebody else
    └── UnreachableError no answer, a timeout, or 503
"""


class OperatorError(Exception):
    """The root of the operator's own exceptions."""


class SettingsError(OperatorError):
    """The command line says something that cannot be; the text names the option."""


class CredentialsError(OperatorError):
    """There is no way to log in to the API server; the text says what is missing."""


class NotServedError(OperatorError):
    """The API server does not know TrainingTasks."""


class WatchBrokenError(OperatorError):
    """The watch no longer delivers what happens; only a new process helps."""


class LeaseLostError(OperatorError):
    """This operator no longer leads; only a new process may try to again."""


class FencedError(OperatorError):
    """A write was not sent: somebody else may lead by now."""


class BlockedError(OperatorError):
    """A task waits for something outside; its status says for what."""


class ApiError(OperatorError):
    """The API server did not do what it was asked. Raised itself for codes without a class."""

    def __init__(self, code: int, message: str, retry_after: float = 0.0) -> None:
        """`code`: HTTP status, 0: no answer; `retry_after`: seconds the server asks for."""
        super().__init__(f"{code}: {message}" if code else message)
        self.code = code
        self.message = message
        self.retry_after = retry_after


class RefusedError(ApiError):
    """The request itself is wrong: the same one will be refused again."""


class ForbiddenError(ApiError):
    """Not allowed now. It may pass: a quota, a right granted later, a server that starts up."""


class NotFoundError(ApiError):
    """There is no such object, or no such kind."""


class ConflictError(ApiError):
    """The object exists already, or somebody else changed it."""


class UnreachableError(ApiError):
    """No answer, a timeout, or 503."""


_BY_CODE: dict[int, type[ApiError]] = {
    400: RefusedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    413: RefusedError,
    422: RefusedError,
    503: UnreachableError,
}


def api_error(code: int, message: str, retry_after: float = 0.0) -> ApiError:
    """The exception for an HTTP status: one of the classes above, else ApiError itself."""
    return _BY_CODE.get(code, ApiError)(code, message, retry_after)
