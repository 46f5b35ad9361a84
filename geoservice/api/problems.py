"""Errors as problem details (RFC 9457) or pages; a table maps error classes to statuses."""

import json
import logging
import math
import traceback
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from geoservice.api.views import problem_page
from geoservice.errors import (
    ConflictError,
    DamagedError,
    DatabaseError,
    ForbiddenError,
    GeoserviceError,
    InputError,
    NotFoundError,
    ReferenceDataError,
    StorageError,
    TemporaryError,
    TooLargeError,
    TooManyError,
    UnauthorizedError,
    UnknownRegionError,
)

_LOG = logging.getLogger("geoservice")
STATUS: dict[type[GeoserviceError], int] = {
    InputError: 422,
    UnknownRegionError: 404,
    NotFoundError: 404,
    ConflictError: 409,
    ForbiddenError: 403,
    ReferenceDataError: 503,
    StorageError: 507,
    DamagedError: 409,
    DatabaseError: 503,
    TemporaryError: 503,
    TooManyError: 429,
    TooLargeError: 413,
    UnauthorizedError: 401,
}
_DATABASE_RETRY_S = 5
_FRAMEWORK = "http"
"""Code of errors that have no class of the service: wrong paths and methods."""


class BodyError(HTTPException):
    """A fault while a body arrives; an HTTPException, because the framework does not wrap it."""

    def __init__(self, status: int, fault: GeoserviceError) -> None:
        super().__init__(status, fault.title)
        self.fault = fault


class BodyTooLarge(BodyError):
    """A body larger than its limit."""

    def __init__(self, most_bytes: int) -> None:
        text = f"The request is larger than {most_bytes:,} bytes. Send it in parts."
        super().__init__(413, TooLargeError(text))


class BodyTooSlow(BodyError):
    """A body that arrives too slowly."""

    def __init__(self) -> None:
        super().__init__(408, InputError("The request arrived too slowly. Send it again."))


def status_of(kind: type[GeoserviceError]) -> int:
    """Return the HTTP status of a class of errors."""
    return next((STATUS[base] for base in kind.mro() if base in STATUS), 500)


def problem(request: Request, fault: GeoserviceError, status: int | None = None) -> Response:
    """Return the answer to an error of the service."""
    status = status or status_of(type(fault))
    answer = _answer(request, status, fault.code, fault.title, fault.detail)
    wait_s = fault.extras.get("retry_after_s")
    if isinstance(wait_s, int | float):
        answer.headers["Retry-After"] = str(max(1, math.ceil(wait_s)))
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def database_away(request: Request, _: Exception) -> Response:
    """Return the answer for an unavailable database, with a time for the next attempt."""
    fault = TemporaryError(
        "The database of the service does not answer. Ask again in a moment.",
        retry_after_s=_DATABASE_RETRY_S,
    )
    return problem(request, fault)


def on_known(request: Request, fault: Exception) -> Response:
    """Handle the service's own errors."""
    if not isinstance(fault, GeoserviceError):
        return on_unknown(request, fault)
    return problem(request, fault)


def on_http(request: Request, fault: Exception) -> Response:
    """Handle wrong paths and methods, and faulty bodies."""
    if isinstance(fault, BodyError):
        answer = problem(request, fault.fault, status=fault.status_code)
        answer.headers["Connection"] = "close"
        return answer
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    title = {404: "Not found", 405: "Method not allowed"}.get(status, "Request not possible")
    answer = _answer(request, status, _FRAMEWORK, title, title + ".")
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(_methods(request))
    return answer


def _methods(request: Request) -> list[str]:
    """Return the methods of a path, from the document: a route knows only its own method."""
    route = request.scope.get("route")
    methods = set(getattr(route, "methods", None) or ())
    documented = request.app.openapi()["paths"].get(getattr(route, "path", ""), {})
    return sorted(methods | {method.upper() for method in documented})


def on_cut_off(request: Request, _: Exception) -> Response:
    """Handle a request whose body ends early: the caller is gone, and the program has no fault."""
    fault = InputError("The request was cut off. Send it again.")
    return problem(request, fault, status=400)


def on_invalid(request: Request, fault: Exception) -> Response:
    """Handle invalid bodies and queries; the answer has JSON pointers, never values."""
    faults = fault.errors() if isinstance(fault, RequestValidationError) else []
    errors = [
        {"pointer": _pointer(error["loc"], error["type"]), "detail": error["msg"]}
        for error in faults[:20]
    ]
    detail = "The request has fields that are missing or of the wrong kind."
    return _answer(request, 422, "bad_request", "The request is not valid", detail, errors=errors)


def _pointer(place: Sequence[str | int], kind: str) -> str:
    """Return the pointer to a fault, without unknown field names, which are user text."""
    parts = place[1:-1] if kind == "extra_forbidden" else place[1:]
    return "/" + "/".join(map(str, parts))


def on_unknown(request: Request, fault: Exception) -> Response:
    """Handle faults of the program; the answer has a request id and nothing else.

    The log gets the type and the place of the fault, but not its text, which may quote a cell.
    """
    place = traceback.extract_tb(fault.__traceback__)[-1]
    number = getattr(request.state, "request_id", "")
    fields = {
        "request_id": number,
        "fault": type(fault).__name__,
        "place": f"{place.name}:{place.lineno}",
    }
    _LOG.error("the program failed", extra=fields)
    return _answer(
        request, 500, "internal", "The program failed", "Give the request id to support."
    )


def _answer(
    request: Request, status: int, code: str, title: str, detail: str, **extras: object
) -> Response:
    # The framework's own detail repeats the status, which the page tells in words.
    shown = problem_page(request, status, "" if code == _FRAMEWORK else detail)
    if shown is not None:
        return shown
    body = {
        "type": f"urn:geoservice:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": getattr(request.state, "request_id", ""),
        **extras,
    }
    return Response(_json(body), status, media_type="application/problem+json")


def _json(body: dict[str, Any]) -> bytes:
    """Return an answer as JSON.

    A request's JSON may hold a lone surrogate, which becomes a question mark.
    """
    try:
        return orjson.dumps(body)
    except TypeError:
        text = json.dumps(body, ensure_ascii=False)
        return text.encode("utf-8", "replace")
