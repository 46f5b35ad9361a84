"""Panics of compiled libraries: told as faults, never raised through the program."""

import asyncio
import struct
from concurrent.futures import ThreadPoolExecutor

import pytest
from shapely import MultiPolygon, Point, box

from geoservice.api.plain import Panics
from geoservice.cli import main as command_line
from geoservice.region.shape_nesting import is_too_deep
from geoservice.tables.panics import PanicError, panics_as_errors


class PanicException(BaseException):
    """A panic as libraries written in Rust raise it."""


def panic(*_):
    raise PanicException("745 Second Avenue")


def test_a_panic_becomes_an_error_without_its_text():
    with pytest.raises(PanicError) as raised, panics_as_errors():
        panic()
    assert "Avenue" not in str(raised.value)


def test_other_exits_stay_as_they_are():
    with pytest.raises(KeyboardInterrupt), panics_as_errors():
        raise KeyboardInterrupt


def test_a_request_that_panics_ends_as_an_error_that_the_service_answers():
    async def panicking(*_):
        panic()

    request = Panics(panicking)({"type": "http"}, None, None)
    # Tests in the browser leave a running loop in the main thread.
    with ThreadPoolExecutor(1) as threads, pytest.raises(PanicError):
        threads.submit(asyncio.run, request).result()


def test_the_command_line_reports_a_panic_in_a_sentence(monkeypatch, capsys):
    monkeypatch.setattr(command_line, "_settings", panic)
    assert command_line.main(["settings"]) == 1
    text = capsys.readouterr().err
    assert "the program failed" in text
    assert "Avenue" not in text


@pytest.mark.parametrize("order", ["<", ">"])
def test_nested_collections_are_counted_beside_other_parts(order):
    big_endian = int(order == "<")
    point = struct.pack(f"{order}BIdd", big_endian, 1, 1.0, 2.0)
    ring = struct.pack(f"{order}BII8d", big_endian, 3, 1, *[0.0] * 8)[:9]
    ring += struct.pack(f"{order}I8d", 4, *[0.0] * 8)
    level = struct.pack(f"{order}BII", big_endian, 7, 3) + point + ring
    assert is_too_deep(level * 40 + point * 800)
    assert not is_too_deep(level * 20 + point * 800)
    many = MultiPolygon([box(place, 0, place + 0.5, 1) for place in range(500)])
    assert not is_too_deep(many.wkb)
    assert not is_too_deep(Point(1, 2).wkb)
    assert not is_too_deep(b"\x01" * 20_000)
    assert not is_too_deep(None)
