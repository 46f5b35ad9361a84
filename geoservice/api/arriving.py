"""Bodies of requests as they arrive: within a size and a time, and none holds up the others."""

import asyncio
import time
from collections import OrderedDict

from starlette.types import Message, Receive

from geoservice.api.problems import BodyTooLarge, BodyTooSlow
from geoservice.model.limits import Limits

_BLOCK_BYTES = 1 << 20
"""Bytes of a body that are passed on together. Each write of a part to disk is a change of threads,
and after each the look-ups of others compete for the interpreter."""
_MOST_PER_REQUEST = 4
_MOST_LONG_BODIES = 16
"""Bodies of the largest size that may be in memory before their requests have a slot."""


class Arriving:
    """A body as it arrives: counted, and refused if it is too large or too slow."""

    def __init__(self, receive: Receive, most_bytes: int, limits: Limits) -> None:
        self._receive, self.most_bytes, self._limits = receive, most_bytes, limits
        self.bytes, self._begun, self._is_whole = 0, time.monotonic(), False

    async def receive(self) -> Message:
        """Return the next block.

        Raises
        ------
        BodyTooLarge, BodyTooSlow
            If the body exceeds a limit.
        """
        if self._is_whole:  # The next message is the end of the connection.
            return await self._receive()
        message = await self.part()
        if self._is_whole or message["type"] != "http.request":
            return message
        block = bytearray(message["body"])
        while not self._is_whole and len(block) < _BLOCK_BYTES:
            message = await self.part()
            if message["type"] != "http.request":
                return message
            block += message.get("body", b"")
        return {**message, "body": bytes(block)}

    async def part(self) -> Message:
        """Return the next part as it arrived."""
        timeout_s = self._limits.body_timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                message = await self._receive()
        except TimeoutError as fault:
            raise BodyTooSlow from fault
        self.bytes += len(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        spent_s = time.monotonic() - self._begun
        if self.bytes > self.most_bytes:
            raise BodyTooLarge(self.most_bytes)
        min_bytes = self._limits.min_body_bytes_per_s * (spent_s - timeout_s)
        if not self._is_whole and self.bytes < min_bytes:
            raise BodyTooSlow
        return message


class Arrivals:
    """Bodies whose requests have no slot yet. The one that is silent longest makes room."""

    def __init__(self, limits: Limits) -> None:
        self._most = _MOST_PER_REQUEST * limits.max_requests
        self._most_bytes = _MOST_LONG_BODIES * limits.max_json_bytes
        self._bodies: OrderedDict[Arriving, asyncio.Timeout] = OrderedDict()
        self._bytes = 0

    async def whole(self, body: Arriving) -> Receive | None:
        """Return a `receive` that has the whole body; None if the client is gone.

        Raises
        ------
        BodyTooLarge, BodyTooSlow
            If the body exceeds a limit, or made room for others.
        """
        try:
            async with asyncio.timeout(None) as patience:
                self._bodies[body] = patience
                return await self._all_parts(body)
        except TimeoutError as fault:
            raise BodyTooSlow from fault
        finally:
            self._bodies.pop(body, None)
            self._bytes -= body.bytes

    async def _all_parts(self, body: Arriving) -> Receive | None:
        content, is_whole = bytearray(), False
        self._make_room()
        while not is_whole:
            before = body.bytes
            try:
                message = await body.part()
            finally:
                self._bytes += body.bytes - before
            if message["type"] != "http.request":
                return None
            content += message.get("body", b"")
            is_whole = not message.get("more_body", False)
            if body in self._bodies:
                self._bodies.move_to_end(body)
            self._make_room()
        return _again(bytes(content), body)

    def _make_room(self) -> None:
        """Give up the bodies that are silent longest, as long as there are too many."""
        waiting = list(self._bodies.items())
        bytes_over = self._bytes - self._most_bytes
        for number, (body, patience) in enumerate(waiting):
            if bytes_over <= 0 and len(waiting) - number <= self._most:
                return
            bytes_over -= body.bytes
            self._bodies.pop(body)
            patience.reschedule(asyncio.get_running_loop().time())


def _again(content: bytes, body: Arriving) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else await body.receive()

    return receive
