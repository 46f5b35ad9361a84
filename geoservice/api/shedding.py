"""Load shedding: limits on simultaneous requests and on the size and slowness of bodies."""

import asyncio
import secrets
import time

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geoservice.api.metrics import Counters
from geoservice.api.problems import BodyTooLarge, BodyTooSlow, problem
from geoservice.cartography.formats import FORMATS
from geoservice.errors import GeoserviceError, TooManyError
from geoservice.model.limits import Limits

_UNCOUNTED = ("/healthz", "/readyz", "/metrics")
_STREAM = "/events"
_UPLOADS = ("/v1/jobs", "/v1/students", "/v1/region-drafts", "/geocoder/")
_FORM_BYTES = 1_000_000
"""Most bytes of a form in addition to its file."""
_COSTLY_ENDINGS = tuple(f".{ending}" for ending, form in FORMATS.items() if form.is_costly)
_WAITING_PICTURES = 64
_RETRY_S = 1
_BLOCK_BYTES = 1 << 20
"""Bytes of a body that are passed on together. Each write of a part to disk is a change of threads,
and after each the look-ups of others compete for the interpreter."""
_WAITING, _WAIT_S = 4, 2.0
"""Waiting requests per running request, and the longest wait."""


class Shedding:
    """Answers 503 to too many requests, 413 to too large bodies and 408 to too slow bodies."""

    def __init__(self, app: ASGIApp, limits: Limits, counters: Counters) -> None:
        self._app, self._limits, self._counters = app, limits, counters
        self._waiting = self._pictures = self._streams = 0
        self._slots = asyncio.Semaphore(max(1, limits.max_requests))
        self._turn = asyncio.Semaphore(max(1, limits.max_pictures))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http" or scope["path"] in _UNCOUNTED:
            await self._app(scope, receive, send)
        elif scope["path"].endswith(_STREAM):
            await self._stream(scope, receive, send)
        elif await self._has_slot():
            try:
                await self._counted(scope, receive, send)
            finally:
                self._slots.release()
        else:
            await self._refuse(scope, receive, send)

    async def _has_slot(self) -> bool:
        """Return True if a request may start, now or after a short wait: a burst is no overload."""
        if not self._slots.locked():
            return await self._slots.acquire()
        if self._waiting >= _WAITING * self._limits.max_requests:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._slots.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(receive, self._most_bytes(scope), self._limits)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isascii() and declared.isdecimal() and int(declared) > body.most_bytes:
            await self._refuse_body(scope, receive, send, body.most_bytes)
            return
        sent = _steadily(send, self._limits.body_timeout_s)
        if not scope["path"].endswith(_COSTLY_ENDINGS):
            await self._app(scope, body.receive, sent)
        elif self._pictures >= _WAITING_PICTURES:
            await self._refuse(scope, receive, send)
        else:
            await self._picture(scope, body.receive, sent)

    async def _picture(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make pictures wait for their turn, so that they do not delay look-ups."""
        self._pictures += 1
        try:
            async with self._turn:
                await self._app(scope, receive, send)
        finally:
            self._pictures -= 1

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._streams >= self._limits.max_requests:
            await self._refuse(scope, receive, send)
            return
        self._streams += 1
        try:
            await self._app(scope, receive, _steadily(send, self._limits.body_timeout_s))
        finally:
            self._streams -= 1

    def _most_bytes(self, scope: Scope) -> int:
        if scope["path"].startswith(_UPLOADS):
            return self._limits.max_upload_bytes + _FORM_BYTES
        return self._limits.max_json_bytes

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = TooManyError(
            "The service is busy. Ask again in a moment.",
            retry_after_s=_RETRY_S,
        )
        await self._answer(scope, receive, send, 503, fault)

    async def _refuse_body(
        self, scope: Scope, receive: Receive, send: Send, max_bytes: int
    ) -> None:
        await self._answer(scope, receive, send, 413, BodyTooLarge(max_bytes).fault)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, status: int, fault: GeoserviceError
    ) -> None:
        request = Request(scope)
        request.state.request_id = secrets.token_hex(8)
        self._counters.add(request.method, "", status, 0.0)
        answer = problem(request, fault, status=status)
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)


class _Body:
    """A body as it arrives: counted, and refused if it is too large or too slow."""

    def __init__(self, receive: Receive, most_bytes: int, limits: Limits) -> None:
        self._receive, self.most_bytes, self._limits = receive, most_bytes, limits
        self._bytes, self._begun, self._is_whole = 0, time.monotonic(), False

    async def receive(self) -> Message:
        """Return the next block.

        Raises
        ------
        BodyTooLarge, BodyTooSlow
            If the body exceeds a limit.
        """
        if self._is_whole:  # The next message is the end of the connection.
            return await self._receive()
        message = await self._part()
        if self._is_whole or message["type"] != "http.request":
            return message
        block = bytearray(message["body"])
        while not self._is_whole and len(block) < _BLOCK_BYTES:
            message = await self._part()
            if message["type"] != "http.request":
                return message
            block += message.get("body", b"")
        return {**message, "body": bytes(block)}

    async def _part(self) -> Message:
        """Return the next part as it arrived."""
        timeout_s = self._limits.body_timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                message = await self._receive()
        except TimeoutError as fault:
            raise BodyTooSlow from fault
        self._bytes += len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        spent_s = time.monotonic() - self._begun
        if self._bytes > self.most_bytes:
            raise BodyTooLarge(self.most_bytes)
        min_bytes = self._limits.min_body_bytes_per_s * (spent_s - timeout_s)
        if not self._is_whole and self._bytes < min_bytes:
            raise BodyTooSlow
        return message


def _steadily(send: Send, timeout_s: int) -> Send:
    """Return a `send` that fails if the client takes no data for some time."""

    async def send_in_time(message: Message) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await send(message)
        except TimeoutError as fault:
            raise OSError("the client takes nothing") from fault

    return send_in_time
