"""The errors of the product. Each has a code, a title without user text, and an exit status.

Messages name file, row, column and remedy. They never contain the text of a cell, because a cell
may hold an address or a name.
"""

from collections.abc import Mapping


class GeoserviceError(Exception):
    """A fault that is reported to the user.

    Parameters
    ----------
    detail
        One sentence for the user: what is wrong and what helps. Never holds a cell's text.
    extras
        Structured facts that go with it (row, column, file, known values).
    """

    code = "internal"
    title = "The program failed"
    exit_status = 1

    def __init__(self, detail: str, **extras: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extras: Mapping[str, object] = extras


class InputError(GeoserviceError):
    """A missing option or column, or a file that cannot be read."""

    code = "bad_input"
    title = "The input cannot be used"
    exit_status = 2


class UnknownRegionError(GeoserviceError):
    """No region of that id or path."""

    code = "unknown_region"
    title = "No such region"
    exit_status = 2


class NotFoundError(GeoserviceError):
    """A map, job, area, data set or key that does not exist."""

    code = "not_found"
    title = "Not found"
    exit_status = 2


class ConflictError(GeoserviceError):
    """The object is in a state that forbids the action, such as a job that has not finished."""

    code = "conflict"
    title = "Not possible in this state"
    exit_status = 2


class ForbiddenError(GeoserviceError):
    """A missing or insufficient key, or a request from another site."""

    code = "forbidden"
    title = "Not allowed"
    exit_status = 2


class ReferenceDataError(GeoserviceError):
    """Reference data that can be read and has errors (check, build)."""

    code = "reference_data"
    title = "The reference data has errors"
    exit_status = 3


class StorageError(GeoserviceError):
    """Writing failed: no room, no permission."""

    code = "storage"
    title = "The result cannot be written"
    exit_status = 1


class TemporaryError(GeoserviceError):
    """A temporary fault: the database does not answer, or a result is written again.

    ``retry_after_s`` says when to repeat the request.
    """

    code = "unavailable"
    title = "Not available now"
    exit_status = 1


class TooManyError(GeoserviceError):
    """A caller exceeds a limit. ``retry_after_s`` says when to repeat the request."""

    code = "too_many"
    title = "Too many requests"
    exit_status = 2


class TooLargeError(InputError):
    """An input that is larger than a limit."""

    code = "too_large"
    title = "The input is too large"


class DatabaseError(StorageError):
    """The database cannot be opened, or does not answer."""

    code = "database"
    title = "The database does not answer"


class DamagedError(StorageError):
    """A file of the data folder that is not what was written, and that cannot be made anew."""

    code = "damaged"
    title = "A stored file is damaged"


class UnauthorizedError(ForbiddenError):
    """A key that is missing, unknown, expired or revoked."""

    code = "forbidden"
    title = "Not allowed"
