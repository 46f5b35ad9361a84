"""Errors as problem details (RFC 9457), and as a page to people: one table from error class to HTTP status."""

import json
import logging
import math
import traceback
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


class BodyError(HTTPException):
    """A body that is given up while it arrives; frameworks pass an HTTPException on as it is."""

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


def problem(request: Request, fault: GeoserviceError, status: int | None = None) -> Response:
    """The answer to a known fault."""
    status = status or STATUS.get(type(fault), 500)
    answer = _answer(request, status, fault.code, fault.title, fault.detail)
    wait_s = fault.extras.get("retry_after_s")
    if isinstance(wait_s, int | float):
        answer.headers["Retry-After"] = str(max(1, math.ceil(wait_s)))
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def database_away(request: Request, _: Exception) -> Response:
    """The answer where the database does not answer: it passes."""
    fault = TemporaryError(
        "The database of the service does not answer. Ask again in a moment.",
        retry_after_s=_DATABASE_RETRY_S,
    )
    return problem(request, fault)


def on_known(request: Request, fault: Exception) -> Response:
    """Handler of our own errors."""
    if not isinstance(fault, GeoserviceError):
        return on_unknown(request, fault)
    return problem(request, fault)


def on_http(request: Request, fault: Exception) -> Response:
    """Handler of wrong paths and methods, and of bodies that were given up."""
    if isinstance(fault, BodyError):
        answer = problem(request, fault.fault, status=fault.status_code)
        answer.headers["Connection"] = "close"
        return answer
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    title = {404: "Not found", 405: "Method not allowed"}.get(status, "Request not possible")
    return _answer(request, status, "http", title, title + ".")


def on_invalid(request: Request, fault: Exception) -> Response:
    """Handler of bodies and queries of the wrong shape: JSON pointers, never values."""
    found = fault.errors() if isinstance(fault, RequestValidationError) else []
    errors = [
        {"pointer": "/" + "/".join(map(str, one["loc"][1:])), "detail": one["msg"]}
        for one in found[:20]
    ]
    detail = "The request has fields that are missing or of the wrong kind."
    return _answer(request, 422, "bad_request", "The request is not valid", detail, errors=errors)


def on_unknown(request: Request, fault: Exception) -> Response:
    """Handler of faults of the program: a request id and nothing else.

    The log gets the kind and the place; the text of the fault may hold what a cell holds.
    """
    place = traceback.extract_tb(fault.__traceback__)[-1]
    number = getattr(request.state, "request_id", "")
    _LOG.error("request %s: %s in %s:%d", number, type(fault).__name__, place.name, place.lineno)
    return _answer(
        request, 500, "internal", "The program failed", "Give the request id to support."
    )


def _answer(
    request: Request, status: int, code: str, title: str, detail: str, **more: object
) -> Response:
    shown = problem_page(request, status, detail)
    if shown is not None:
        return shown
    body = {
        "type": f"urn:geoservice:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": getattr(request.state, "request_id", ""),
        **more,
    }
    return Response(_json(body), status, media_type="application/problem+json")


def _json(body: dict[str, Any]) -> bytes:
    """JSON of an answer; half a surrogate pair, which a request's JSON can hold, becomes a question mark."""
    try:
        return orjson.dumps(body)
    except TypeError:
        text = json.dumps(body, ensure_ascii=False)
        return text.encode("utf-8", "replace")
