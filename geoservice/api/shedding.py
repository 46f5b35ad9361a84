"""Load shedding: limits on simultaneous requests and on the size and slowness of bodies."""

import asyncio
import secrets
from collections import Counter

from fastapi import Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geoservice.api.arriving import Arrivals, Arriving
from geoservice.api.metrics import Counters
from geoservice.api.problems import BodyError, BodyTooLarge, problem
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
_PIECE_BYTES = 1 << 18
_WAITING, _WAIT_S = 4, 2.0
"""Waiting requests per running request, and the longest wait."""


class Shedding:
    """Answers 503 to too many requests, 413 to too large bodies and 408 to too slow bodies."""

    def __init__(self, app: ASGIApp, limits: Limits, counters: Counters) -> None:
        self._app, self._limits, self._counters = app, limits, counters
        self._waiting = self._pictures = 0
        self._slots = asyncio.Semaphore(max(1, limits.max_requests))
        self._turn = asyncio.Semaphore(max(1, limits.max_pictures))
        self._arrivals, self._uploads = Arrivals(limits), Shares(max(1, limits.max_requests // 2))
        self._streams = Shares(max(1, limits.max_requests))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http" or scope["path"] in _UNCOUNTED:
            await self._app(scope, receive, send)
        elif scope["path"].endswith(_STREAM):
            await self._shared(self._streams, scope, receive, send)
        else:
            await self._limited(scope, receive, send)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on when its body is there, except a file, which is read as it arrives."""
        body = Arriving(receive, self._most_bytes(scope), self._limits)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isascii() and declared.isdecimal() and int(declared) > body.most_bytes:
            await self._refuse_body(scope, receive, send, BodyTooLarge(body.most_bytes))
        elif _sends_file(scope):
            await self._shared(self._uploads, scope, body.receive, send)
        elif not _has_body(scope):
            await self._counted(scope, body.receive, send)
        else:
            try:
                whole = await self._arrivals.whole(body)
            except BodyError as fault:
                await self._refuse_body(scope, receive, send, fault)
                return
            if whole is not None:
                await self._counted(scope, whole, send)

    async def _shared(self, shares: "Shares", scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on an upload or a stream of events, of which a sender has a limited share."""
        sender = _sender(scope)
        if not await shares.take(sender, _WAIT_S):
            await self._refuse(scope, receive, send)
            return
        try:
            await self._app(scope, receive, _steadily(send, self._limits.body_timeout_s))
        finally:
            await shares.free(sender)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not await self._has_slot():
            await self._refuse(scope, receive, send)
            return
        slot = _Slot(self._slots)
        sent = slot.freeing(_steadily(send, self._limits.body_timeout_s))
        try:
            if not scope["path"].endswith(_COSTLY_ENDINGS):
                await self._app(scope, receive, sent)
            elif self._pictures >= _WAITING_PICTURES:
                await self._refuse(scope, receive, send)
            else:
                await self._picture(scope, receive, sent)
        finally:
            slot.free()

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

    async def _picture(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make pictures wait for their turn, so that they do not delay look-ups."""
        self._pictures += 1
        try:
            await self._turn.acquire()
        except BaseException:
            self._pictures -= 1
            raise
        turn = _Slot(self._turn)
        try:
            await self._app(scope, receive, turn.freeing(send))
        finally:
            turn.free()
            self._pictures -= 1

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
        self, scope: Scope, receive: Receive, send: Send, error: BodyError
    ) -> None:
        await self._answer(scope, receive, send, error.status_code, error.fault)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, status: int, fault: GeoserviceError
    ) -> None:
        request = Request(scope)
        request.state.request_id = secrets.token_hex(8)
        self._counters.add(request.method, "", status, 0.0)
        answer = problem(request, fault, status=status)
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)


class Shares:
    """Slots for files that arrive or for streams of events. A sender holds at most half of them."""

    def __init__(self, slots: int) -> None:
        self._slots, self._most = slots, max(1, slots // 2)
        self._held: Counter[int] = Counter()
        self._changed = asyncio.Condition()

    async def take(self, sender: int, wait_s: float) -> bool:
        """Take a slot, now or after a short wait; return False if there is none."""
        try:
            async with asyncio.timeout(wait_s), self._changed:
                await self._changed.wait_for(lambda: self._may_take(sender))
                self._held[sender] += 1
        except TimeoutError:
            return False
        return True

    async def free(self, sender: int) -> None:
        """Give a slot back."""
        self._held[sender] -= 1
        self._held += Counter()  # Forget senders without a slot.
        async with self._changed:
            self._changed.notify_all()

    def _may_take(self, sender: int) -> bool:
        return self._held.total() < self._slots and self._held[sender] < self._most


class _Slot:
    """A slot that is held until the answer begins: who reads it slowly holds up nobody."""

    def __init__(self, slots: asyncio.Semaphore) -> None:
        self._slots, self._is_held = slots, True

    def free(self) -> None:
        if self._is_held:
            self._is_held = False
            self._slots.release()

    def freeing(self, send: Send) -> Send:
        """Return a `send` that frees the slot first."""

        async def send_freely(message: Message) -> None:
            self.free()
            await send(message)

        return send_freely


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return scope["method"] != "GET" and (
        "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
    )


def _sends_file(scope: Scope) -> bool:
    return scope["path"].startswith(_UPLOADS) and _has_body(scope)


def _sender(scope: Scope) -> int:
    """Return a number for the key, the sign-in or the address of a request."""
    headers = Headers(scope=scope)
    address = (scope.get("client") or ("",))[0]
    return hash(headers.get("authorization") or headers.get("cookie") or address)


def _steadily(send: Send, timeout_s: int) -> Send:
    """Return a `send` that fails if the client takes no data for some time.

    A long body is sent in pieces: the connection holds a copy of what the client has not taken.
    """

    async def send_piece(message: Message) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await send(message)
        except TimeoutError as fault:
            raise OSError("the client takes nothing") from fault

    async def send_in_time(message: Message) -> None:
        body = message.get("body", b"")
        for start in range(0, max(len(body), 1), _PIECE_BYTES):
            piece = body[start : start + _PIECE_BYTES]
            is_last = start + _PIECE_BYTES >= len(body)
            is_split = len(body) > _PIECE_BYTES
            more = not is_last or message.get("more_body", False)
            await send_piece({**message, "body": piece, "more_body": more} if is_split else message)

    return send_in_time
