"""What every route answers alike: HEAD as GET without its content, and no coding that the client refuses."""

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from geoservice.api.answers import accepted

_ENDLESS = "/events"
"""Streams, whose headers alone nobody asks for."""


class Plain:
    """Turns HEAD into GET, of which the server sends the headers, and names the codings that are accepted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        known = dict(scope["headers"])
        coding = known.get(b"accept-encoding", b"").decode("latin-1")
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
    """Packs answers with gzip, except ranges: their bytes are counted as they are stored."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        is_range = scope["type"] == "http" and "range" in Headers(scope=scope)
        passed_to = self.app if is_range else super().__call__
        await passed_to(scope, receive, send)
