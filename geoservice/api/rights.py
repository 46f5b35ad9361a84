"""What a caller may do: the scope of each path, lists of students, regions, plans."""

from fastapi import Request
from starlette.types import Scope

from geoservice.api.access import READING, Access
from geoservice.errors import ForbiddenError, UnauthorizedError
from geoservice.model.caller import LOCAL, WORKSPACE, Caller

_GEOCODING = ("/v1/geocode", "/v1/reverse", "/v1/jobs", "/geocoder/")
_STUDENTS = "/v1/students"
_OPEN = frozenset(
    {
        "/",
        "/token",
        "/sign-in",
        "/sign-in/callback",
        "/sign-in/logout",
        "/sign-ins",
        "/sign-ins/end",
        "/sign-out",
        "/healthz",
        "/readyz",
        "/oembed",
        "/finder",
        "/favicon.ico",
        "/manual",
        "/.well-known/api-catalog",
    }
)
"""Paths that need no key; the pages at `/` and `/sign-ins` themselves ask for a sign-in."""
_OPEN_BELOW = ("/static/", "/embed/", "/finder/", "/manual/")


def is_open(path: str) -> bool:
    """Return True for paths that need no key."""
    return path in _OPEN or path.startswith(_OPEN_BELOW)


def check_scope(scope: Scope, caller: Caller | None) -> None:
    """Refuse a caller without the scope that the path needs.

    The path comes from the request line, as in the router. A URL would depend on the Host header,
    which the caller controls.

    Raises
    ------
    UnauthorizedError
        If the caller lacks the scope, which the error names.
    """
    path = scope["path"]
    if is_open(path):
        return
    needed = _needed_scope(scope["method"], path)
    is_here = caller is not None and caller.owner in (LOCAL, WORKSPACE)
    if path.startswith(_STUDENTS) and is_here:
        return  # `refuse_students` knows whether the workspace is open.
    if not _has_scope(caller, needed):
        raise UnauthorizedError(f"A key with the scope `{needed}` is needed.")


def _needed_scope(method: str, path: str) -> str:
    """Return the scope that a path needs."""
    if path == "/metrics":
        return "metrics:read"
    if path.startswith(_STUDENTS):
        return "students:read" if method in READING else "students:write"
    return "geocode" if path.startswith(_GEOCODING) else "maps:read"


def refuse_students(request: Request, access: Access, needed: str) -> None:
    """Refuse callers who may not read or write lists of students.

    On loopback, programs without a key are refused too, unless the workspace is open.

    Raises
    ------
    ForbiddenError
        If the caller lacks the scope, which the error names.
    """
    if not _is_trusted(request, access, needed):
        raise ForbiddenError(
            f"Lists of students need a key with the scope `{needed}`, or the workspace's token."
        )


def may_keep(request: Request, access: Access) -> bool:
    """Return True if the caller may store lists of students."""
    return _is_trusted(request, access, "students:write")


def _is_trusted(request: Request, access: Access, needed: str) -> bool:
    caller = _caller(request)
    owner = "" if caller is None else caller.owner
    is_open_here = owner == LOCAL and access.loopback and access.token is None
    return is_open_here or owner == WORKSPACE or _has_scope(caller, needed)


def may_change_regions(request: Request, access: Access) -> bool:
    """Return True if the caller may upload and build regions: an administrator, or the workspace.

    On loopback the workspace belongs to the user who started the service.
    """
    return _is_trusted(request, access, "admin")


def refuse_region_changes(request: Request, access: Access) -> None:
    """Refuse callers who may not upload and build regions.

    Raises
    ------
    ForbiddenError
        If the caller lacks the scope, which the error names.
    """
    if not may_change_regions(request, access):
        raise ForbiddenError(
            "Changes of regions need a key with the scope `admin`, or the workspace's token."
        )


def may_read(request: Request) -> bool:
    """Return True if the caller may read maps."""
    return _has_scope(_caller(request), "maps:read")


def may_plan(request: Request, access: Access) -> bool:
    """Return True if the caller may see counts of students (the internal profile).

    The workspace's token and the scope ``students:read`` allow it. On loopback an open workspace
    allows it to every caller.
    """
    return _is_trusted(request, access, "students:read")


def may_count(request: Request) -> bool:
    """Return True if the caller may see figures about the jobs of all owners."""
    return _has_scope(_caller(request), "metrics:read")


def _caller(request: Request) -> Caller | None:
    caller: Caller | None = request.scope["state"].get("caller")
    return caller


def _has_scope(caller: Caller | None, needed: str) -> bool:
    return caller is not None and bool({"admin", needed} & set(caller.scopes))
