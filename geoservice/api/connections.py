"""Connections: no more than the service can hold, none that says nothing, and no log that grows by them."""

import asyncio
import resource
from collections.abc import Callable

from uvicorn.protocols.http.h11_impl import H11Protocol

from geoservice.model.limits import Limits

_SPARE_FILES = 200
"""Open files beside connections: database, snapshots, results."""
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)


def allow_connections(most: int) -> None:
    """Let this process open as many files as its connections need.

    A process without files left for a connection would log that for each one that waits.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + _SPARE_FILES
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


def protocol(limits: Limits) -> type[H11Protocol]:
    """The protocol of a connection under some limits."""
    most = min(limits.max_connections, _files() - _SPARE_FILES)
    silent: dict[H11Protocol, None] = {}
    """Connections without a request, the longest first: they make room for others."""

    class Connection(H11Protocol):
        """Makes room at the limit, and closes where the headers of a request do not arrive in time."""

        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > most and not self._has_made_room():
                transport.write(_BUSY)
                transport.close()
            else:
                self._wait_for_headers()

        def _has_made_room(self) -> bool:
            longest = next(iter(silent), None)
            if longest is None or longest.transport is None:
                return False
            silent.pop(longest)
            self.connections.discard(longest)
            longest.transport.abort()
            return True

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_timer()
            super().connection_lost(exc)

        def handle_events(self) -> None:
            before = self.cycle
            super().handle_events()
            if self.cycle is not before:  # The headers of a request are there.
                self._stop_timer()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._wait_for_headers()

        def _wait_for_headers(self) -> None:
            self._stop_timer()
            silent[self] = None
            self._timer = self.loop.call_later(limits.header_timeout_s, self._give_up)

        def _give_up(self) -> None:
            if self.transport is not None and not self.transport.is_closing():
                self.transport.abort()

        def _stop_timer(self) -> None:
            silent.pop(self, None)
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    return Connection


def quiet(loop: asyncio.AbstractEventLoop, say: Callable[[str], None]) -> None:
    """Log faults of the loop itself once a minute at most, by their kind alone."""
    said_at = float("-inf")

    def on_fault(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        nonlocal said_at
        if loop.time() - said_at > 60.0:
            said_at = loop.time()
            say(f"connections: {type(context.get('exception')).__name__}")

    loop.set_exception_handler(on_fault)


def _files() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
