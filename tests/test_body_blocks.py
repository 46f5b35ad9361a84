"""A body passes in large blocks, and its limits hold for each part that arrives."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from geoservice.api.arriving import Arriving
from geoservice.api.problems import BodyTooLarge, BodyTooSlow
from geoservice.model.limits import Limits

_PART = b"x" * 65_536
_MB = 1 << 20


def messages(count):
    for number in range(count):
        yield {"type": "http.request", "body": _PART, "more_body": number < count - 1}
    yield {"type": "http.disconnect"}


def blocks_of(parts, most_bytes=10 * _MB, pause_s=0.0, **limits):
    """All messages that a body passes on, up to the end of the connection."""
    coming, passed = iter(parts), []

    async def receive():
        await asyncio.sleep(pause_s)
        return next(coming)

    async def read():
        body = Arriving(receive, most_bytes, Limits(**limits))
        while not passed or passed[-1]["type"] == "http.request":
            passed.append(await body.receive())

    # Tests in the browser leave a running loop in the main thread.
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, read()).result()
    return passed


def test_small_parts_pass_as_large_blocks():
    passed = blocks_of(messages(40))
    assert b"".join(message["body"] for message in passed[:-1]) == _PART * 40
    assert [len(message["body"]) for message in passed[:-1]] == [_MB, _MB, 8 * len(_PART)]
    assert [message["more_body"] for message in passed[:-1]] == [True, True, False]
    assert passed[-1]["type"] == "http.disconnect"


def test_a_client_that_goes_midway_is_told():
    parts = [{"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.disconnect"}]
    assert blocks_of(parts) == [{"type": "http.disconnect"}]


def test_the_size_is_checked_with_each_part():
    coming = messages(40)
    with pytest.raises(BodyTooLarge):
        blocks_of(coming, most_bytes=3 * len(_PART))
    assert len(list(coming)) == 40 + 1 - 4


def test_the_time_is_checked_with_each_part():
    with pytest.raises(BodyTooSlow):
        blocks_of(messages(2), pause_s=1.5, body_timeout_s=1)
