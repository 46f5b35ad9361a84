"""Middleware for all routes: HEAD, accepted content codings, compression, and panics."""

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from geoservice.api.answers import accepted
from geoservice.tables.panics import panics_as_errors

_ENDLESS = "/events"
"""Streams; a HEAD request for a stream stays as it is."""


class Plain:
    """Turns HEAD into GET, and removes refused codings from ``Accept-Encoding``.

    The server sends only the headers of the answer to a HEAD request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        coding = headers.get(b"accept-encoding", b"").decode("latin-1")
        changed = {
            **scope,
            "headers": [
                (
                    name,
                    ", ".join(accepted(coding)).encode("latin-1")
                    if name == b"accept-encoding"
                    else value,
                )
                for name, value in scope["headers"]
            ],
        }
        if scope["method"] == "HEAD" and not scope["path"].endswith(_ENDLESS):
            changed["method"] = "GET"
        await self._app(changed, receive, send)


class Packing(GZipMiddleware):
    """Compresses answers with gzip, except ranges, which count the bytes of the stored file."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        is_range = scope["type"] == "http" and "range" in Headers(scope=scope)
        passed_to = self.app if is_range else super().__call__
        await passed_to(scope, receive, send)


class Panics:
    """Turns a panic of a compiled library into an error that the service answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        with panics_as_errors():
            await self._app(scope, receive, send)
