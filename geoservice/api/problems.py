"""Errors as problem details (RFC 9457), and as a page to people: one table from error class to HTTP status."""

import logging
import traceback

import orjson
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from geoservice.api.views import problem_page
from geoservice.errors import (
    ConflictError,
    ForbiddenError,
    GeoserviceError,
    InputError,
    NotFoundError,
    ReferenceDataError,
    StorageError,
    UnknownRegionError,
)

_LOG = logging.getLogger("geoservice")
STATUS: dict[type[GeoserviceError], int] = {
    InputError: 422, UnknownRegionError: 404, NotFoundError: 404, ConflictError: 409,
    ForbiddenError: 403, ReferenceDataError: 503, StorageError: 507,
}  # fmt: skip


def problem(request: Request, fault: GeoserviceError, status: int | None = None) -> Response:
    """The answer to a known fault."""
    status = status or STATUS.get(type(fault), 500)
    return _answer(request, status, fault.code, fault.title, fault.detail)


def on_known(request: Request, fault: Exception) -> Response:
    """Handler of our own errors."""
    if not isinstance(fault, GeoserviceError):
        return on_unknown(request, fault)
    return problem(request, fault)


def on_http(request: Request, fault: Exception) -> Response:
    """Handler of wrong paths and methods."""
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    title = {404: "Not found", 405: "Method not allowed"}.get(status, "Request not possible")
    return _answer(request, status, "http", title, title + ".")


def on_invalid(request: Request, fault: Exception) -> Response:
    """Handler of bodies and queries of the wrong shape: JSON pointers, never values."""
    found = fault.errors() if isinstance(fault, RequestValidationError) else []
    errors = [{"pointer": "/" + "/".join(map(str, one["loc"][1:])), "detail": one["msg"]}
              for one in found[:20]]  # fmt: skip
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
    body = {"type": f"urn:geoservice:{code}", "title": title, "status": status, "detail": detail,
            "code": code, "request_id": getattr(request.state, "request_id", ""), **more}  # fmt: skip
    return Response(orjson.dumps(body), status, media_type="application/problem+json")
