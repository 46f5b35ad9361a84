"""The cookie of a sign-in; under HTTPS it is Secure and bound to this host by its name."""

from fastapi import Request, Response

_PLAIN, _BOUND = "geoservice", "__Host-geoservice"


def session_text(request: Request) -> str:
    """Return the text of a request's cookie; empty without a cookie."""
    return request.cookies.get(_name(request), "")


def set_session(request: Request, answer: Response, text: str) -> None:
    """Set the cookie of a new sign-in."""
    answer.set_cookie(
        _name(request), text, httponly=True, samesite="strict", secure=is_secure(request)
    )


def end_session(request: Request, answer: Response) -> None:
    """Remove the cookie, and all pages that the browser has stored."""
    answer.delete_cookie(
        _name(request), httponly=True, samesite="strict", secure=is_secure(request)
    )
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'


def is_secure(request: Request) -> bool:
    """Return True if the request came by HTTPS, to the service or to a trusted proxy."""
    return bool(request.scope["scheme"] == "https")


def _name(request: Request) -> str:
    return _BOUND if is_secure(request) else _PLAIN
