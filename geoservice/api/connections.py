"""Limit connections: their number, their silence, and the log lines that they cause."""

import asyncio
import resource
from collections.abc import Callable
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

from geoservice.model.limits import Limits

_SPARE_FILES = 200
"""Open files other than connections: database, snapshots, results."""
_READING_S = 1.0
"""A client that takes nothing for this time may have to make room for another."""
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)


def allow_connections(max_connections: int) -> None:
    """Raise the limit on open files to the number that the connections need.

    A process at its limit of open files would log a fault for each waiting connection.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = max_connections + _SPARE_FILES
    if soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(files, hard), hard))


class Connection(H11Protocol):
    """A connection that makes room at the limit and closes if headers arrive too late."""

    header_timeout_s: ClassVar[float]
    max_connections: ClassVar[int]
    silent: ClassVar[dict["Connection", None]]
    """Connections without a request, oldest first; the oldest makes room for a new connection."""
    _timer: asyncio.TimerHandle | None = None
    _heard_s = 0.0
    """Time of the loop when the client last took something."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection, or refuse it with 503 at the limit."""
        super().connection_made(transport)
        self._heard_s = self.loop.time()
        if len(self.connections) > self.max_connections and not self._has_made_room():
            transport.write(_BUSY)
            transport.close()
        else:
            self._wait_for_headers()

    def _has_made_room(self) -> bool:
        longest = next(iter(self.silent), None) or self._slowest_reader()
        if longest is None or longest.transport is None:
            return False
        self.silent.pop(longest, None)
        self.connections.discard(longest)
        longest.transport.abort()
        return True

    def _slowest_reader(self) -> "Connection | None":
        """Return the connection whose client has not read its answer for longest, if any."""
        until_s = self.loop.time() - _READING_S
        waiting = (
            connection
            for connection in self.connections
            if isinstance(connection, Connection)
            and connection._heard_s < until_s
            and connection.transport is not None
            and connection.transport.get_write_buffer_size() > 0
        )
        return min(waiting, key=lambda connection: connection._heard_s, default=None)

    def resume_writing(self) -> None:
        """Go on with an answer, because the client took a part."""
        self._heard_s = self.loop.time()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop to wait for headers."""
        self._stop_timer()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Process received bytes."""
        cycle = self.cycle
        super().handle_events()
        if self.cycle is not cycle:  # The headers of a request have arrived.
            self._heard_s = self.loop.time()
            self._stop_timer()

    def on_response_complete(self) -> None:
        """Wait for the headers of the next request."""
        cycle = self.cycle
        super().on_response_complete()
        if self.cycle is cycle:  # Else the headers were there already.
            self._wait_for_headers()

    def _wait_for_headers(self) -> None:
        self._stop_timer()
        self.silent[self] = None
        self._timer = self.loop.call_later(self.header_timeout_s, self._give_up)

    def _give_up(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.abort()

    def _stop_timer(self) -> None:
        self.silent.pop(self, None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def protocol(limits: Limits) -> type[Connection]:
    """Return the protocol class of connections under these limits."""

    class LimitedConnection(Connection):
        header_timeout_s = limits.header_timeout_s
        max_connections = min(limits.max_connections, _files() - _SPARE_FILES)
        silent: ClassVar[dict[Connection, None]] = {}

    return LimitedConnection


def quiet(loop: asyncio.AbstractEventLoop, say: Callable[[str], None]) -> None:
    """Log faults of the event loop at most once a minute, by their type alone."""
    said_at = float("-inf")

    def on_fault(_: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        nonlocal said_at
        if loop.time() - said_at > 60.0:
            said_at = loop.time()
            say(f"connections: {type(context.get('exception')).__name__}")

    loop.set_exception_handler(on_fault)


def _files() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
