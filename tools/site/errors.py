"""The reference of errors, from the classes of errors and their HTTP statuses."""

from collections.abc import Iterator

from geoservice.api.problems import status_of
from geoservice.errors import GeoserviceError
from tools.site.markdown import code, plain, table

_INTRODUCTION = """\
# Errors

This page is generated from the program. The command line prints the detail of an error and ends
with the exit status. The HTTP service answers with the HTTP status and a document
`application/problem+json` that has the fields `type`, `title`, `status`, `detail`, `code` and
`request_id`. A detail names file, row and column, and says what helps. It never repeats the
content of a cell, because a cell may hold an address or a name.
"""


def page() -> str:
    """Return the page."""
    rows = [
        (
            code(kind.code),
            kind.title,
            plain((kind.__doc__ or "").split("\n\n")[0]),
            status_of(kind),
            kind.exit_status,
        )
        for kind in _kinds(GeoserviceError)
    ]
    header = ("code", "title", "meaning", "HTTP status", "exit status")
    return f"{_INTRODUCTION}\n{table(header, rows)}"


def _kinds(kind: type[GeoserviceError]) -> Iterator[type[GeoserviceError]]:
    yield kind
    for derived in kind.__subclasses__():
        yield from _kinds(derived)
