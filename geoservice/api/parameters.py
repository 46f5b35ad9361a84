"""Refuse query parameters that a route does not have."""

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant

from geoservice.errors import InputError

_DATA = "/v1/"


def refuse_unknown_parameters(request: Request) -> None:
    """Refuse unknown parameters of data routes: an ignored `grade=05` would give all grades.

    Pages take any parameters, because websites and mail programs add parameters to links.

    Raises
    ------
    InputError
        If a route below `/v1/` does not have a parameter of the request.
    """
    if not request.query_params or not request.url.path.startswith(_DATA):
        return
    known = list(dict.fromkeys(_parameters(request.scope["route"].dependant)))
    if set(request.query_params) - set(known):
        raise InputError(
            f"Unknown parameter. Parameters are: {', '.join(known)}."
            if known
            else "The URL of this route takes no parameters. Remove them; send the options of a "
            "file as form fields."
        )


def _parameters(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _parameters(inner)
